import Telemetry
import Testing

struct SecretKeysTests {
    @Test(arguments: [
        "authorization", "Authorization", "Proxy-Authorization", "proxy_authorization", "api_key", "apikey", "apiKey",
        "API-KEY", "x-api-key", "X-Api-Key", "OPENAI_API_KEY", "openaiApiKey", "password", "PASSWORD", "Passwd",
        "dbPassword", "db.password", "passwords", "passphrase", "passcode", "user_pwd", "secret", "client_secret",
        "clientSecret", "secrets", "secret_key", "token", "Token", "access_token", "accessToken", "ACCESS_TOKEN",
        "refresh_token", "id_token", "session_token", "x-auth-token", "hf_token", "github-token", "access_tokens",
        "refreshTokens", "private_key", "privateKey", "cookie", "Cookie", "cookies", "set-cookie", "Set-Cookie",
        "credential", "credentials", "AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", "encryption key", "jwt",
        "user_jwt",
        "csrftoken",
    ])
    func `secret keys are known in every spelling`(key: String) { #expect(Redaction().masks(key: key)) }

    @Test(arguments: [
        "", "a", "to", "model", "prompt", "response", "prompt_length", "response_length", "prompt_tokens",
        "completion_tokens", "cached_tokens", "tokens_per_second", "max_tokens", "max_token", "maxToken", "tokens",
        "time_to_first_token_ms", "eos_token", "bosToken", "stop_token", "next_token", "ms_per_token", "total_tokens",
        "finish_reason", "attempt", "success", "session_id", "user_id", "tool", "arguments", "result", "operation",
        "data", "choices", "selected", "key", "keys", "public_key", "primary_key", "cache_key", "monkey", "pwd",
        "oldpwd", "cwd", "author", "authorized", "tokenizer", "token_count", "password_length", "secretary",
        "cookie_count",
        "motion", "location", "token_type", "input_token", "ajwt", "____", "token_", "日本語", "duration", "error", "name",
    ])
    func `the keys of ordinary data are not secret`(key: String) {
        #expect(!Redaction().masks(key: key))
    }

    @Test func `keys can be added and taken away in any spelling`() {
        var redaction = Redaction()
        redaction.secretKeys = ["SSN", "account-number", ""]
        redaction.plainKeys = ["csrf_token", "Cookie"]
        for key in ["ssn", "SSN", "s_s_n", "accountNumber", "ACCOUNT_NUMBER", "account number"] {
            #expect(redaction.masks(key: key))
        }
        for key in ["ssns", "ss", "account", "csrfToken", "CSRF-TOKEN", "cookie", ""] {
            #expect(!redaction.masks(key: key), "\(key)")
        }
        #expect(redaction.masks(key: "set-cookie"))
        redaction.secretKeys = []
        redaction.plainKeys = []
        #expect(!redaction.masks(key: "ssn"))
        #expect(redaction.masks(key: "cookie"))
        #expect(redaction.masked("csrf_token=abcdef12") != nil)
        redaction.plainKeys = ["csrf_token"]
        #expect(redaction.masked("csrf_token=abcdef12") == nil)
        redaction.masksSecretKeys = false
        redaction.secretKeys = ["ssn"]
        #expect(!redaction.masks(key: "password"))
        #expect(redaction.masks(key: "ssn"))
    }

    @Test func `a key as long as a book is looked at quickly`() {
        let long = String(repeating: "_", count: 1 << 20)
        let time = processorTime {
            #expect(!Redaction(secretKeys: ["ssn"]).masks(key: long + "x"))
            #expect(Redaction().masks(key: "pass" + long + "word"))
            #expect(!Redaction().masks(key: String(repeating: "token", count: 1 << 18) + "x"))
        }
        #expect(time < .seconds(5))
    }
}
