/** What the worker is linked to of N-API, and does not call in worker_stress.cpp. */
#include <stdlib.h>

#define NOT_CALLED(name) \
  void name(void) { abort(); }

NOT_CALLED(napi_async_destroy)
NOT_CALLED(napi_close_callback_scope)
NOT_CALLED(napi_close_escapable_handle_scope)
NOT_CALLED(napi_close_handle_scope)
NOT_CALLED(napi_create_object)
NOT_CALLED(napi_create_type_error)
NOT_CALLED(napi_define_properties)
NOT_CALLED(napi_escape_handle)
NOT_CALLED(napi_fatal_error)
NOT_CALLED(napi_get_and_clear_last_exception)
NOT_CALLED(napi_get_cb_info)
NOT_CALLED(napi_get_last_error_info)
NOT_CALLED(napi_get_property)
NOT_CALLED(napi_get_reference_value)
NOT_CALLED(napi_get_value_string_utf8)
NOT_CALLED(napi_has_property)
NOT_CALLED(napi_open_escapable_handle_scope)
NOT_CALLED(napi_open_handle_scope)
NOT_CALLED(napi_set_named_property)
NOT_CALLED(napi_throw)
NOT_CALLED(napi_typeof)
