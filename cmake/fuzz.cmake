# hotaru_fuzzer(NAME layer…): tests/fuzz/NAME.cpp with libFuzzer, as fuzz_NAME. What it fuzzes lies in those layers. They
# are built for the sanitized unit tests already, with the counters that libFuzzer reads (preset asan).
function(hotaru_fuzzer name)
  set(layers ${ARGN})
  list(TRANSFORM layers PREPEND hotaru_)
  add_executable(fuzz_${name} EXCLUDE_FROM_ALL tests/fuzz/${name}.cpp)
  target_include_directories(fuzz_${name} PRIVATE tests)
  target_link_libraries(fuzz_${name} PRIVATE ${layers})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_property(GLOBAL APPEND PROPERTY HOTARU_FUZZERS fuzz_${name})
endfunction()

# What the network says.
hotaru_fuzzer(http_request http)
hotaru_fuzzer(signed_request aws sim)
hotaru_fuzzer(query sim)
hotaru_fuzzer(sim_calls sim)
hotaru_fuzzer(metadata sim)
hotaru_fuzzer(public_key sim)
hotaru_fuzzer(ec2_answers aws lifecycle)
hotaru_fuzzer(service_error aws)
hotaru_fuzzer(addresses lifecycle sim)
hotaru_fuzzer(credentials aws)
hotaru_fuzzer(text base)
# What files say.
hotaru_fuzzer(shared_config aws)
hotaru_fuzzer(stored_json lifecycle)
hotaru_fuzzer(ssh_files ssh)
hotaru_fuzzer(sim_rows sim)
hotaru_fuzzer(sim_files sim)
hotaru_fuzzer(host_files sim)

get_property(fuzzers GLOBAL PROPERTY HOTARU_FUZZERS)
add_custom_target(fuzzers DEPENDS ${fuzzers})
