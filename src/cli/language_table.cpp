#include "cli/language_table.h"

namespace hotaru::cli {
namespace {

constexpr Pair pairs[] = {
    {"Interrupted.", "中断しました。"},
};

}  // namespace

std::span<const Pair> japanese_pairs() { return pairs; }

}  // namespace hotaru::cli
