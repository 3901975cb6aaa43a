#pragma once

// The one place that includes napi.h: its switches (NAPI_VERSION, exceptions) are set by CMakeLists.txt.
#include <napi.h>
