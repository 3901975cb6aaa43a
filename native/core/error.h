#pragma once

#include <stdexcept>
#include <string>

namespace dcgan {

/** An error that the user can do something about: a stable code of lib/errors.ts and a sentence. */
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& sentence)
      : std::runtime_error(sentence), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace dcgan
