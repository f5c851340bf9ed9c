// The one place where C enters this package.
#if __has_include(<llama.h>)
#include <llama.h>
#include <ggml-backend.h>
#else
#error "llama.h: not found. Run models/setup.sh to install llama.cpp, then build with: models/setup.sh -- swift build"
#endif

// A pool of threads that lives as long as a context: without one, ggml starts and joins threads for every token.
// The functions are looked up in the CPU backend and not linked, because a llama.cpp that loads its backends at run
// time doesn't export them. NULL where the backend has none; llama.cpp then works without.
static inline ggml_threadpool_t clama_threadpool_new(int32_t n_threads) {
    typedef ggml_threadpool_t (*new_fn)(struct ggml_threadpool_params *);
    ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (cpu == NULL) {
        return NULL;
    }
    new_fn make = (new_fn) ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(cpu), "ggml_threadpool_new");
    if (make == NULL) {
        return NULL;
    }
    struct ggml_threadpool_params params = ggml_threadpool_params_default(n_threads);
    // How long idle threads spin before they sleep. ggml's default is 50; a tenth still bridges the time from one token
    // to the next, and takes less from other programs when an answer is done.
    params.poll = 5;
    return make(&params);
}

static inline void clama_threadpool_free(ggml_threadpool_t pool) {
    typedef void (*free_fn)(ggml_threadpool_t);
    ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (cpu == NULL || pool == NULL) {
        return;
    }
    free_fn release = (free_fn) ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(cpu), "ggml_threadpool_free");
    if (release != NULL) {
        release(pool);
    }
}
