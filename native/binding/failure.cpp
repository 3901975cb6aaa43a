#include "failure.h"

#include <c10/util/Exception.h>

#include <new>

#include "../core/error.h"

namespace dcgan {
namespace {

constexpr const char* memory_remedy = ". Use a smaller batchSize, or free memory.";

bool says_out_of_memory(const std::string& sentence) {
  return sentence.find("can't allocate memory") != std::string::npos ||
         sentence.find("not enough memory") != std::string::npos ||
         sentence.find("out of memory") != std::string::npos;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Failure describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const c10::Error& error) {
    const auto sentence = first_line(error.what_without_backtrace());
    if (says_out_of_memory(sentence)) return {"ERR_OUT_OF_MEMORY", sentence + memory_remedy};
    return {"ERR_NATIVE", sentence};
  } catch (const std::bad_alloc&) {
    return {"ERR_OUT_OF_MEMORY", std::string("Memory ran out") + memory_remedy};
  } catch (const std::exception& error) {
    return {"ERR_NATIVE", first_line(error.what())};
  } catch (...) {
    return {"ERR_NATIVE", "The native library threw something that is not an exception."};
  }
}

void throw_error(Napi::Env env, const Failure& failure) {
  auto error = Napi::Error::New(env, failure.sentence);
  error.Set("code", failure.code);
  throw error;
}

}  // namespace dcgan
