// The same span with spdlog's asynchronous logger: a queue, and a thread that formats and writes.
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>
#include <algorithm>
#include <vector>
#include <spdlog/spdlog.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>

using Clock = std::chrono::steady_clock;
static double nanoseconds(Clock::time_point start) {
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

int main(int, char **argv) {
    spdlog::init_thread_pool(8192, 1);
    auto log = spdlog::basic_logger_mt<spdlog::async_factory>("log", argv[1], true);
    log->set_pattern("%v,\"timestamp\":\"%Y-%m-%dT%H:%M:%S.%fZ\"}");
    std::mt19937_64 random(1);
    const std::string model = "SmolLM2-135M-Instruct";
    auto span = [&] {
        log->info(
            "{{\"span_id\":\"{:016x}\",\"trace_id\":\"6dc7e5ab432e200e2056a74c41e85b87\",\"parent_span_id\":\"{:016x}\","
            "\"event_type\":\"llm_call\",\"name\":\"{}\",\"duration_ms\":{},\"data\":{{\"model\":\"{}\",\"prompt_length\":{},"
            "\"response_length\":{},\"prompt_tokens\":{},\"completion_tokens\":{},\"attempt\":{},\"success\":{}}}",
            random(), random(), model, 1523, model, 256, 89, 64, 22, 1, true);
    };
    std::vector<double> means, singles;
    for (int batch = 0; batch < 2000; batch++) {
        auto start = Clock::now();
        for (int place = 0; place < 20; place++) span();
        means.push_back(nanoseconds(start) / 20);
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    for (int place = 0; place < 20000; place++) {
        auto start = Clock::now();
        span();
        singles.push_back(nanoseconds(start));
        if (place % 20 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    std::sort(means.begin(), means.end());
    std::sort(singles.begin(), singles.end());
    std::printf("spdlog.paced %.0f\nspdlog.single %.0f\n", means[means.size() / 2],
                singles[singles.size() * 999 / 1000]);
    const int count = 300000;
    auto start = Clock::now();
    for (int place = 0; place < count; place++) span();
    log.reset();
    spdlog::shutdown();
    std::printf("spdlog.sustained %.0f\n", nanoseconds(start) / count);
}
