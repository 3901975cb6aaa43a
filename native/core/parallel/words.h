#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

namespace dcgan {

/** A text as stores of c10d hold it. */
inline std::vector<uint8_t> stored(const std::string& text) { return {text.begin(), text.end()}; }

/** What a store of c10d holds, as a text. */
inline std::string as_text(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/**
 * What a library says first, without its own place in front: "[…/pair.cc:534] Connection closed by peer. This
 * is typically …".
 */
inline std::string first_words(const std::exception& error) {
  std::string said = error.what();
  said = said.substr(0, said.find('\n'));
  if (const auto end = said.find("] "); said.starts_with('[') && end != std::string::npos)
    said.erase(0, end + 2);
  return said.substr(0, said.find(". This is typically"));
}

}  // namespace dcgan
