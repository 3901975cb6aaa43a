# The native core's cases, which jest runs one by one: on the vector unit that the CPU has, and on the lesser ones. They
# are no part of what is built by default; the target dcgan_tests builds them all.
add_custom_target(dcgan_tests)

file(GLOB test_sources CONFIGURE_DEPENDS test/native/core/*.cpp)
add_library(dcgan_core_test_objects OBJECT EXCLUDE_FROM_ALL ${test_sources})
target_link_libraries(dcgan_core_test_objects PRIVATE libtorch)
target_precompile_headers(dcgan_core_test_objects REUSE_FROM dcgan_core_objects)

function(add_core_tests name cloned_objects)
  add_executable(${name} EXCLUDE_FROM_ALL)
  target_link_libraries(${name} PRIVATE
    dcgan_core_test_objects dcgan_core_objects ${cloned_objects} ${cloned_objects}_kernels libtorch)
  # OpenMP comes with libtorch, whatever its file is called there.
  target_link_options(${name} PRIVATE -Wl,--copy-dt-needed-entries)
  add_dependencies(dcgan_tests ${name})
endfunction()

add_core_tests(dcgan_core_tests dcgan_cloned_objects)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  foreach(unit AVX2 PLAIN)
    add_cloned_objects(dcgan_cloned_objects_${unit} DCGAN_ONLY_${unit})
    add_core_tests(dcgan_core_tests_${unit} dcgan_cloned_objects_${unit})
  endforeach()
endif()
