// Where libcurl enters this package. It comes with macOS; with Linux' Swift comes the library, but not its header.
#if !__has_include(<curl/curl.h>)
#error "curl/curl.h: not found. Run models/setup.sh, or install libcurl's package for developers: libcurl4-openssl-dev (Debian, Ubuntu), libcurl-devel (Fedora)"
#else
#include <curl/curl.h>
#if LIBCURL_VERSION_NUM < 0x074400
#error "curl/curl.h: libcurl is older than 7.68 (2020). Install a newer one"
#endif
#endif

// Swift calls no variadic functions: one of ours for each type of option.

static inline CURLcode ccurl_set_number(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_receiver(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

// 0 where there is none.
static inline curl_off_t ccurl_get_microseconds(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

static inline long ccurl_get_number(CURL *easy, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

// The transfer that ended, and how; NULL when no other did.
static inline CURL *ccurl_next_ended(CURLM *multi, CURLcode *result) {
    int rest = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &rest)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}
