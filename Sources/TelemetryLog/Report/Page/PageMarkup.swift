/// The page's HTML: landmarks, headings and empty places, which the script fills.
enum PageMarkup {
    static func head(policy: String, title: String, style: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>\(title) – agent report</title>
        <style>\(style)</style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
        <div><h1>Agent report</h1><p id="source">\(title)</p></div>
        <button type="button" id="theme">Theme: automatic</button>
        </header>
        <noscript><p>This page draws itself with a script, which is switched off here.</p></noscript>
        <main id="main" tabindex="-1">
        <div id="overview">
        <section aria-labelledby="health-title"><h2 id="health-title">Health</h2><div id="health"></div></section>
        <section aria-labelledby="latency-title"><h2 id="latency-title">Latency</h2><div id="latency"></div></section>
        <section aria-labelledby="tokens-title"><h2 id="tokens-title">Tokens</h2><div id="tokens"></div></section>
        <section aria-labelledby="operations-title"><h2 id="operations-title">Operations</h2>
        <div id="operations"></div></section>
        <section aria-labelledby="traces-title"><h2 id="traces-title">Traces</h2><div id="traces"></div></section>
        </div>
        <section id="trace" aria-labelledby="trace-title" hidden></section>
        </main>

        """
    }
}
