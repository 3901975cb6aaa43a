#include "implementation.h"

#include <cstdlib>
#include <string_view>

namespace dcgan {
namespace {

bool is_set(const char* variable, std::string_view value) {
  const char* found = std::getenv(variable);
  return found != nullptr && found == value;
}

}  // namespace

Implementation& implementation() {
  static Implementation chosen = {is_set("DCGAN_OPERATORS", "composed"),
                                  is_set("DCGAN_CONVOLUTIONS", "direct")};
  return chosen;
}

}  // namespace dcgan
