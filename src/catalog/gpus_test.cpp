#include "catalog/gpus.h"

#include <gtest/gtest.h>

#include "catalog/quotas.h"

namespace hotaru::catalog {
namespace {

GpuWish wish_of(std::string_view text) {
  const auto wish = parse_gpu_wish(built_in(), text);
  EXPECT_TRUE(wish) << text;
  return wish.value_or(GpuWish{});
}

TEST(GpuWish, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(wish_of("T4"), (GpuWish{"T4", 0, 0}));
  EXPECT_EQ(wish_of("t4:4"), (GpuWish{"T4", 0, 4}));
  EXPECT_EQ(wish_of("A100 80GB"), (GpuWish{"A100", 80, 0}));
  EXPECT_EQ(wish_of("a100-80gb:8"), (GpuWish{"A100", 80, 8}));
  EXPECT_EQ(wish_of("A100 80 GB"), (GpuWish{"A100", 80, 0}));
  EXPECT_EQ(wish_of("24GiB"), (GpuWish{"", 24, 0}));
  EXPECT_EQ(wish_of("40 GB:8"), (GpuWish{"", 40, 8}));
  EXPECT_EQ(wish_of("NVIDIA L40S"), (GpuWish{"L40S", 0, 0}));
  EXPECT_EQ(wish_of("rtx pro 6000"), (GpuWish{"RTX PRO Server 6000", 0, 0}));
  EXPECT_EQ(wish_of("V520"), (GpuWish{"Radeon Pro V520", 0, 0}));
}

TEST(GpuWish, WhatMakesNoSenseIsSaid) {
  for (const char* text : {"", ":", "T4:", "T4:0", "T4:x", "T4:1:2", "T4:65", " ", "-"}) {
    const auto wish = parse_gpu_wish(built_in(), text);
    ASSERT_FALSE(wish) << text;
    EXPECT_EQ(wish.error().kind, ErrorClass::invalid) << text;
  }
}

TEST(GpuWish, AnUnknownNameGetsTheNearestAndARetiredOneItsSuccessor) {
  const auto unknown = parse_gpu_wish(built_in(), "A10");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorClass::not_found);
  EXPECT_NE(unknown.error().hint.find("Did you mean A10"), std::string::npos) << unknown.error().hint;
  const auto retired = parse_gpu_wish(built_in(), "K80");
  ASSERT_FALSE(retired);
  EXPECT_NE(retired.error().message.find("no longer offers the K80"), std::string::npos);
  EXPECT_NE(retired.error().hint.find("g4dn.xlarge"), std::string::npos);
}

TEST(Gpu, MemoryIsAsOnTheBox) {
  EXPECT_EQ(memory_text(22'888), "24 GB");
  EXPECT_EQ(memory_text(16'384), "16 GB");
  EXPECT_EQ(memory_text(81'920), "80 GB");
  EXPECT_TRUE(has_memory(22'888, 24));
  EXPECT_FALSE(has_memory(16'384, 24));
}

TEST(Gpu, AFractionIsSaidAsOne) {
  EXPECT_EQ(gpu_text(*find_type("g6f.xlarge")), "1/8 × L4 (3 GB)");
  EXPECT_EQ(gpu_text(*find_type("g4dn.12xlarge")), "4 × T4 (16 GB)");
  EXPECT_EQ(gpu_text(*find_type("m5.large")), "");
  EXPECT_DOUBLE_EQ(gpus_of(*find_type("g6f.xlarge")), 0.125);
}

TEST(Gpu, EveryNvidiaGpuHasACudaCapability) {
  for (const InstanceType& type : types()) {
    const bool nvidia = type.gpu_manufacturer == "NVIDIA";
    EXPECT_EQ(cuda_capability(type.gpu_name) > 0, nvidia) << type.gpu_name;
  }
}

TEST(Network, IsReadInGigabits) {
  EXPECT_DOUBLE_EQ(network_gbps("Up to 12.5 Gigabit"), 12.5);
  EXPECT_DOUBLE_EQ(network_gbps("4x 100 Gigabit"), 400);
  EXPECT_DOUBLE_EQ(network_gbps("Low to Moderate"), 0);
  // Of older families EC2 tells a word, and no number.
  for (const InstanceType& type : types()) {
    const bool told = type.network.contains("Gigabit");
    EXPECT_EQ(network_gbps(type.network) > 0, told) << type.name;
  }
}

TEST(Quota, EveryTypeCountsInAFamily) {
  for (const InstanceType& type : types()) {
    const QuotaFamily* family = quota_family_of(type.name);
    ASSERT_NE(family, nullptr) << type.name;
    EXPECT_EQ(family->has_gpus, type.has_gpu()) << type.name;
  }
  EXPECT_EQ(quota_family_of("p6-b200.48xlarge")->name, "p6");
  EXPECT_EQ(quota_family_of("gr6.4xlarge")->name, "g");
  EXPECT_EQ(quota_family_of("inf2.xlarge")->name, "inf");
  EXPECT_EQ(quota_family_of("im4gn.large")->name, "standard");
  EXPECT_EQ(quota_family_of("9x.large"), nullptr);
  EXPECT_EQ(quota_family_of(""), nullptr);
}

}  // namespace
}  // namespace hotaru::catalog
