#!/usr/bin/env python3
"""Makes a log as an agent would, the same every time: make-log.py BYTES FILE."""
import datetime
import random
import sys

size, path = int(sys.argv[1]), sys.argv[2]
generator = random.Random(7)
begin = datetime.datetime(2026, 1, 15, 10, 30)
MODELS = ["SmolLM2-135M-Instruct.Q4_1", "llama-3-8b-instruct.Q4_K_M", "qwen2.5-7b"]
TOOLS = ["calculator", "search", "weather"]
ERRORS = ["the model is not loaded", "timed out after {} ms", "connection to 127.0.0.1:{} refused",
          "invalid JSON at byte {}: expected a value"]


def time(microseconds):
    moment = begin + datetime.timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(trace, event, name, start, duration, data, error=None, parent=None, span=None):
    span = span or f"{generator.getrandbits(64):016x}"
    text = f'{{"span_id":"{span}","trace_id":"{trace}",'
    if parent:
        text += f'"parent_span_id":"{parent}",'
    text += f'"event_type":"{event}","name":"{name}","timestamp":"{time(start)}"'
    if duration is not None:
        text += ',"duration_ms":' + f"{duration / 1000:.3f}".rstrip("0").rstrip(".")
    text += ',"data":{' + data + "}"
    if error:
        text += f',"error":"{error}"'
    return text + "}\n"


def interaction(start):
    trace, root = f"{generator.getrandbits(128):032x}", f"{generator.getrandbits(64):016x}"
    now, lines = start, []
    for _ in range(generator.randint(1, 4)):
        model, tool = generator.choice(MODELS), generator.choice(TOOLS)
        duration, attempt = int(generator.lognormvariate(12.5, 0.8)), 1
        while generator.random() < 0.05 and attempt < 4:
            error = generator.choice(ERRORS).format(generator.randint(1, 9999))
            lines.append(line(trace, "llm_call", model, now, duration,
                              f'"model":"{model}","prompt_length":{generator.randint(50, 4000)},"attempt":{attempt},'
                              '"success":false', error, root))
            now += duration
            attempt += 1
        tokens = generator.randint(20, 900)
        lines.append(line(
            trace, "llm_call", model, now, duration,
            f'"model":"{model}","prompt_length":{tokens * 4},"response_length":200,"prompt_tokens":{tokens},'
            f'"cached_tokens":{tokens // 3},"completion_tokens":{generator.randint(1, 200)},'
            f'"time_to_first_token_ms":{duration / 5000:.3f},"tokens_per_second":{generator.random() * 140:.2f},'
            f'"finish_reason":"stop","attempt":{attempt},"success":true,'
            f'"response":"The answer is, as far as I can tell, \\"{generator.randint(0, 999)}\\"; ask again if unsure"',
            parent=root))
        now += duration
        arguments = f'"tool":"{tool}","arguments":{{"a":{generator.randint(0, 99)},"b":7,"operation":"multiply"}}'
        lines.append(line(trace, "tool_request", tool, now, None, arguments, parent=root))
        duration = int(generator.lognormvariate(7, 1))
        error = "division by zero" if generator.random() < 0.02 else None
        lines.append(line(trace, "tool_call", tool, now, duration,
                          arguments + f',"result":{generator.randint(0, 999)}', error, root))
        now += duration
        duration = generator.randint(5, 90)
        lines.append(line(trace, "memory", "add", now, duration,
                          f'"operation":"add","data":{{"text":"remember {generator.randint(0, 99)}"}}', parent=root))
        now += duration
    error = "gave up" if generator.random() < 0.01 else None
    lines.append(line(trace, "agent_run", "answer a question", start, now - start + 50,
                      f'"user_id":"u{generator.randint(0, 50)}","session_id":"s{generator.randint(0, 5000)}"',
                      error, span=root))
    return "".join(lines)


written, start = 0, 0
with open(path, "w") as log:
    while written < size:
        text = interaction(start)
        written += log.write(text)
        start += generator.randint(1000, 400_000)
