#pragma once

#include <stdexcept>
#include <string>

namespace dcgan {

/** An error that the user can do something about: a stable code of lib/errors.ts and a sentence. */
class Error : public std::runtime_error {
 public:
  /** @param code a literal: where memory has run out it must not be copied. */
  Error(const char* code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

}  // namespace dcgan
