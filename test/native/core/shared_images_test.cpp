#include "../../../native/core/training/shared_images.h"

#include <array>
#include <thread>

#include "failing_memory.h"
#include "harness.h"
#include "small_training.h"

using namespace dcgan;

namespace {

std::shared_ptr<const SharedImages> shared(const std::vector<uint8_t>& pixels,
                                           int64_t image_bytes = image_numbers) {
  return SharedImages::of(pixels.data(), static_cast<int64_t>(pixels.size()) / image_bytes, image_bytes);
}

const Register one_copy{"images of the same bytes are one copy, whose bytes are its own", [] {
                          auto pixels = pixels_of(4);
                          const auto first = shared(pixels), second = shared(pixels_of(4));
                          expect(first == second, "there are two copies");
                          pixels[0] += 1;
                          const auto here = first->on(at::kCPU);
                          expect(here[0][0].item<int>() == pixels_of(4)[0],
                                 "it changed with the caller's array");
                          expect(here.data_ptr() == second->on(at::kCPU).data_ptr(), "the memory is another");
                        }};
const Register other_bytes{
    "images that differ in their last pixel, in their number or in their size are two copies", [] {
      const auto first = shared(pixels_of(4));
      auto pixels = pixels_of(4);
      pixels.back() += 1;
      const auto second = shared(pixels);
      expect(first != second, "other pixels are taken for the same");
      expect(shared(pixels_of(3)) != first, "fewer images are taken for the same");
      expect(shared(pixels_of(4), image_numbers / 2) != first, "smaller images are taken for the same");
      expect(shared(pixels) == second, "the second is not found");
    }};
const Register freed{"shared images go with the last that holds them", [] {
                       std::weak_ptr<const SharedImages> watched;
                       {
                         const auto first = shared(pixels_of(4));
                         auto second = shared(pixels_of(4));
                         watched = first;
                         second.reset();
                         expect(!watched.expired(), "they went with the first");
                       }
                       expect(watched.expired(), "they are still there");
                       expect(shared(pixels_of(4))->on(at::kCPU).size(0) == 4, "they cannot be made again");
                     }};
const Register refused{"images for which there was no memory can be made afterwards", [] {
                         const auto pixels = pixels_of(4);
                         bool thrown = false;
                         {
                           const FailingMemory failing(1);
                           try {
                             shared(pixels);
                           } catch (const std::bad_alloc&) {
                             thrown = true;
                           }
                         }
                         expect(thrown, "nothing was thrown");
                         expect(shared(pixels)->count() == 4, "they are not there");
                       }};
const Register threads{"threads that ask at once for the same images get one copy", [] {
                         const auto pixels = pixels_of(64);
                         for (int round = 0; round < 50; ++round) {
                           std::array<std::shared_ptr<const SharedImages>, 4> found;
                           std::vector<std::thread> askers;
                           for (auto& images : found) askers.emplace_back([&] { images = shared(pixels); });
                           for (auto& asker : askers) asker.join();
                           for (const auto& images : found)
                             expect(images == found[0], "there are two copies");
                         }
                       }};

}  // namespace
