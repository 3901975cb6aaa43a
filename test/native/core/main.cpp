#include <c10/core/InferenceMode.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "digests.h"
#include "harness.h"

/**
 * Without arguments: one sentence a line. With a sentence: runs that case; exit status 1 and the
 * reason if it fails. With --digests: prints those.
 */
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--digests") {
    dcgan::print_digests();
    return 0;
  }
  for (const auto& test : cases()) {
    if (argc < 2) {
      std::puts(test.sentence.c_str());
    } else if (test.sentence == argv[1]) {
      try {
        const c10::InferenceMode inference;
        test.body();
        return 0;
      } catch (const std::exception& error) {
        std::fputs(error.what(), stderr);
        return 1;
      }
    }
  }
  if (argc < 2) return 0;
  std::fputs("there is no such case", stderr);
  return 2;
}
