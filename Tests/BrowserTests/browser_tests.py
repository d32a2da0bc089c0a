"""The dashboard in a real browser: Chromium, driven by Playwright, against a real hub. Run by `Scripts/browser-test`.

Usage: browser_tests.py PATH-OF-AGENTHUB PATH-OF-CHROMIUM [--screenshots FOLDER] [--only WORD]
"""

import argparse
import concurrent.futures
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from playwright.sync_api import sync_playwright

DEADLINE = 20
# Bounds of time are the promise on a quiet machine; on a slow one AGENTHUB_TEST_SLOWDOWN says how much longer it may take.
SLOWDOWN = float(os.environ.get("AGENTHUB_TEST_SLOWDOWN", "1"))
HERE = pathlib.Path(__file__).parent
# A page's text without what differs by the moment at which it is read.
TEXT = "() => document.querySelector('.turns').innerText"


class Hub:
    """A hub on a free port that can be killed and started again with the same port and data."""

    def __init__(self, binary):
        self.binary, self.port, self.process = binary, 0, None
        self.folder = tempfile.TemporaryDirectory()
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--port", str(self.port), "--database", f"{self.folder.name}/hub.db"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]}, text=True)
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        assert self.port, "the hub printed no URL"
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(DEADLINE)

    def ask(self, method, path, body=None, connection=None):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        own.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = own.getresponse()
        text = answer.read()
        if connection is None:
            own.close()
        assert answer.status < 400, f"{method} {path}: {answer.status} {text[:300]}"
        return json.loads(text) if text else None

    def agent(self, name, **members):
        return self.ask("POST", "/api/agents", {"name": name, "provider": "demo", "model": "demo", **members})["id"]

    def invoke(self, agent="demo", message="Hello", **members):
        return self.ask("POST", "/api/invoke", {"agentId": agent, "message": message, "background": True, **members})


class Site:
    """A browser, a hub, and what the pages said that they should not have."""

    def __init__(self, browser, hub, screenshots):
        self.browser, self.hub, self.screenshots, self.faults, self.contexts = browser, hub, screenshots, [], []

    def context(self, **members):
        context = self.browser.new_context(viewport={"width": 1280, "height": 800}, **members)
        context.set_default_timeout(DEADLINE * 1000)
        context.add_init_script(SOCKETS)
        self.contexts.append(context)
        return context

    def page(self, address="", context=None):
        page = (context or self.context()).new_page()
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", lambda message: self.faults.append(message.text)
                if message.type == "error" and "Content Security Policy" in message.text else None)
        page.goto(f"{self.hub.url}/{address}")
        page.wait_for_selector("#state[data-state=live]", state="attached")
        return page

    def shot(self, page, name):
        if self.screenshots:
            page.screenshot(path=f"{self.screenshots}/{name}.png")

    def close(self):
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)


def until(what, condition, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return value


def idle(page):
    """Waits until no run of the shown conversation works."""
    page.wait_for_selector(".turn .foot button")
    until("the end of all runs", lambda: page.evaluate(
        "() => !document.querySelector('.answer.open') && !document.querySelector('.working') && document.querySelector('.halt').hidden"), 60)


def answer_text(hub, conversation):
    items = hub.ask("GET", f"/api/conversations/{conversation}/messages?limit=500")["items"]
    return [one["text"] for one in items if one["role"] == "agent" and one["type"] == "message"]


ANSWERS = """(hub) => [...hub.watches].flatMap((watch) => [...watch.conversation.messages.values()])
    .filter((one) => one.role === 'agent' && one.type === 'message').sort((a, b) => a.seq - b.seq).map((one) => one.text)"""


def raw(page):
    """Texts of the answers as the page's state has them, to the letter."""
    return page.evaluate(f"async () => ({ANSWERS})((await import('/assets/live.js')).hub)")


def record(page):
    """Notes every text that the first answer ever has: the end of an answer brings its whole text and would hide a fault before it."""
    page.evaluate(f"""async () => {{ const {{ hub }} = await import('/assets/live.js'); window.seen = new Set();
        setInterval(() => window.seen.add(({ANSWERS})(hub)[0] || ''), 5); }}""")


def check_record(page, text):
    seen = page.evaluate("() => [...window.seen]")
    assert len(seen) > 3, f"the answer was not seen to grow: {seen}"
    for one in seen:
        assert text.startswith(one), f"shown was {one!r}, stored is {text!r}"


# Lets a test cut the connections of a page; while the browser is offline, none is made: Chromium itself goes on making them to this machine.
SOCKETS = """const Own = WebSocket; window.WebSocket = class extends Own {
    constructor(url, names) { super(navigator.onLine ? url : url.replace(/ws$/, "offline"), names); (window.sockets ||= []).push(this); } };"""


# --- tests


def the_rules_hold_in_the_browser_that_runs_them(site):
    page = site.page()
    page.evaluate((HERE / "rules.js").read_text())


def two_windows_stay_identical_through_reload_and_offline(site):
    slow = site.hub.agent("Slow", config={"paceMilliseconds": 60})
    run = site.hub.invoke(slow, "Tell **two** windows the same.")
    conversation = run["conversation"]
    first, second = site.page(f"#/chat/{conversation}"), site.page(f"#/chat/{conversation}")
    first.wait_for_selector(".answer")
    second.wait_for_selector(".answer")
    record(first)
    second.reload()
    second.wait_for_selector(".answer")
    record(second)
    first.context.set_offline(True)
    first.evaluate("() => window.sockets.forEach((one) => one.close())")
    first.wait_for_selector("#state[data-state=waiting]", state="attached")
    time.sleep(1)
    first.context.set_offline(False)
    idle(first)
    idle(second)
    expected = answer_text(site.hub, conversation)
    assert raw(first) == expected == raw(second), "an answer differs from what is stored"
    check_record(first, expected[0])
    check_record(second, expected[0])
    late = site.page(f"#/chat/{conversation}")
    idle(late)
    until("the same text in three windows", lambda: late.evaluate(TEXT) == first.evaluate(TEXT) == second.evaluate(TEXT))


def a_hub_that_is_killed_in_mid_answer_is_met_again(site):
    slow = site.hub.agent("Slower", config={"paceMilliseconds": 200})
    run = site.hub.invoke(slow, "Fall and rise.")
    # A run keeps the version that it began with.
    site.hub.ask("PATCH", f"/api/agents/{slow}", {"config": {"paceMilliseconds": 5}})
    conversation = run["conversation"]
    pages = [site.page(f"#/chat/{conversation}") for _ in range(2)]
    for page in pages:
        until("some text", lambda: len(page.evaluate("() => document.querySelector('.answer')?.innerText || ''")) > 20)
        record(page)
    for page in pages:
        until("more text", lambda: len(page.evaluate("() => document.querySelector('.answer')?.innerText || ''")) > 120)
    site.hub.stop(signal.SIGKILL)
    for page in pages:
        page.wait_for_selector("#state[data-state=waiting], #state[data-state=connecting]", state="attached")
    # What is written while the hub is away is sent when it is back, once.
    pages[0].fill(".composer textarea", "Written while you were away")
    pages[0].keyboard.press("Enter")
    site.hub.start()
    for page in pages:
        page.wait_for_selector("#state[data-state=live]", state="attached")
        page.get_by_text("Written while you were away").first.wait_for()
    pages[0].wait_for_selector(".turn:nth-of-type(2) .foot button")
    for page in pages:
        idle(page)
    expected = answer_text(site.hub, conversation)
    for page in pages:
        until("the stored texts", lambda: raw(page) == expected)
        check_record(page, expected[0])
        assert page.locator(".bubble", has_text="Written while you were away").count() == 1
    until("the same text in both windows", lambda: pages[0].evaluate(TEXT) == pages[1].evaluate(TEXT))


def hostile_names_and_texts_inject_nothing(site):
    attack = "<img src=x onerror=window.hit=1><script>window.hit=1</script>[x](javascript:window.hit=1)"
    agent = site.hub.agent(attack, emoji="<b>", description=attack, workspace="<i>w</i>", config={"paceMilliseconds": 0, "systemPrompt": attack})
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": agent, "message": attack})["conversationId"]
    site.hub.ask("PATCH", f"/api/conversations/{conversation}", {"title": attack})
    site.hub.ask("POST", "/api/knowledge/documents", {"collection": "hostile", "name": "a.md", "text": attack, "title": attack})
    page = site.page(f"#/chat/{conversation}")
    idle(page)
    for place in ["#/live", "#/agents", f"#/agents/{agent}", f"#/agents/{agent}/versions/1", "#/knowledge", "#/knowledge/hostile?q=img", f"#/meeting?seats={agent}:{conversation}", f"#/new?agent={agent}", "#/settings", "#/chat/%3Cimg%20src=x%20onerror=window.hit=1%3E", "#/%3Cscript%3E"]:
        page.goto(f"{site.hub.url}/{place}")
        page.wait_for_timeout(250)
        found = page.evaluate("() => [window.hit, document.querySelectorAll('main img, main script, main b, main i:not(.dots i), #side script').length, document.querySelectorAll('a[href^=javascript]').length]")
        assert found == [None, 0, 0], f"{place}: {found}"


def ten_thousand_messages_open_within_a_second(site):
    chat = site.hub.ask("POST", "/api/chats", {"session_id": "test-session", "title": "Ten thousand"})
    identifier = chat["id"]

    def write(part):
        connection = http.client.HTTPConnection("127.0.0.1", site.hub.port, timeout=60)
        for number in part:
            site.hub.ask("POST", "/api/messages", {"chat_id": identifier, "role": "user" if number % 2 == 0 else "assistant",
                         "content": f"Message {number}: some words, **bold** and `code`, so that it is a line or two."}, connection)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [range(start, 10000, 8) for start in range(8)]))
    page = site.page("#/live")
    took = 60
    for _ in range(3):
        page.evaluate("() => { location.hash = '#/live'; }")
        page.wait_for_selector(".rows, .nothing", state="attached")
        begin = time.monotonic()
        page.evaluate("(id) => { location.hash = `#/chat/${id}`; }", identifier)
        page.wait_for_function("() => document.querySelectorAll('.turn').length >= 50")
        took = min(took, time.monotonic() - begin)
    print(f"      10,000 messages: open after {took * 1000:.0f} ms")
    assert took < 1 * SLOWDOWN, f"{took:.2f} s"
    # The past comes in pages while one scrolls up, and what is read stays where it is.
    for _ in range(6):
        before = page.locator(".turn").count()

        def scrolled():
            # Again each time: while a page comes the place is held, and whoever wants more scrolls on.
            page.evaluate("() => { document.querySelector('.scroller').scrollTop = 0; }")
            return page.locator(".turn").count() > before

        until("older messages", scrolled)
    numbers = page.evaluate("() => [...document.querySelectorAll('.turn')].length")
    assert len(set(page.evaluate("() => [...document.querySelectorAll('.turn')].map((one) => one.textContent.match(/Message \\d+/)?.[0])"))) == numbers


def fifty_live_runs_leave_the_page_its_frames(site):
    agent = site.hub.agent("Fast", config={"paceMilliseconds": 70})
    page = site.page("#/live")
    page.wait_for_timeout(500)
    page.evaluate("""() => { window.frames_ = []; window.long_ = [];
        new PerformanceObserver((list) => { for (const one of list.getEntries()) window.long_.push(one.duration); }).observe({ type: 'longtask' });
        let last = performance.now(); const tick = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(tick); }; requestAnimationFrame(tick); }""")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    busy = lambda: {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    words = " ".join(["word"] * 79)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: site.hub.invoke(agent, f"{number} {words}"), range(50)))
    until("50 cards", lambda: page.locator(".card.run").count() >= 45)
    before = busy()
    page.evaluate("() => { window.frames_.length = 0; window.long_.length = 0; }")
    page.wait_for_timeout(2000)
    after = busy()
    frames, long = page.evaluate("() => [window.frames_.slice(), window.long_.slice()]")
    assert page.locator(".card.run").count() >= 45, "runs were over before the page was measured"
    site.shot(page, "wall-50")
    assert frames, "no frame was drawn"
    frames.sort()
    # Of processor time, since a busy machine stretches all others.
    work = (after["TaskDuration"] - before["TaskDuration"]) * 1000 / len(frames)
    p50, p95 = (frames[int(len(frames) * part)] for part in (0.5, 0.95))
    print(f"      50 live runs: {len(frames) / 2:.0f} frames/s, {work:.1f} ms of processor time each; from frame to frame p50 {p50:.1f} ms, p95 {p95:.1f} ms; longest task {max(long, default=0):.0f} ms")
    assert work < 50, f"{work:.1f} ms of work a frame"
    until("the end of all runs", lambda: page.locator(".card.run").count() == 0, 60)


def the_first_paint_comes_at_once(site):
    context = site.context()
    page = site.page("", context)
    page.goto("about:blank")
    best = None
    for _ in range(3):
        page.goto(f"{site.hub.url}/?{time.time()}")
        page.wait_for_selector("#state[data-state=live]", state="attached")
        paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        weight = page.evaluate("() => performance.getEntriesByType('resource').filter((one) => !one.name.includes('/api/')).length")
        best = min(best or paint, paint)
    print(f"      first paint after {best:.0f} ms, {weight} files")
    assert best < 300 * SLOWDOWN, f"{best:.0f} ms"


def a_chat_can_be_held_by_keyboard_alone(site):
    """S002-27 S004-36"""
    page = site.page("#/live")
    page.keyboard.press("n")
    page.wait_for_selector(".chat.new textarea:focus")
    page.keyboard.type("Written by keyboard")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/chat/*")
    idle(page)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/#/agents")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    until("the dialog to close", lambda: page.locator("dialog").count() == 0)


def a_run_is_stopped_answered_again_and_rated(site):
    slow = site.hub.agent("Stoppable", config={"paceMilliseconds": 200})
    conversation = site.hub.invoke(slow, "Stop me")["conversation"]
    page = site.page(f"#/chat/{conversation}")
    page.wait_for_selector(".answer.open")
    page.click("button.halt")
    page.get_by_text("Stopped.").wait_for()
    site.hub.ask("PATCH", f"/api/agents/{slow}", {"config": {"paceMilliseconds": 0}})
    page.click("button[aria-label='Answer again']")
    # The answer that was stopped stays, an arrow away.
    page.locator(".versions", has_text="2/2").wait_for()
    idle(page)
    assert page.locator(".turn").count() == 1
    page.locator("button[aria-label='Good answer']").last.click()
    page.wait_for_selector("button[aria-label='Good answer'][aria-pressed=true]")
    until("the rating in the hub", lambda: any(one.get("up") for one in site.hub.ask("GET", "/api/ratings")["items"]))


def questions_and_answers_have_versions_in_all_windows(site):
    quick = site.hub.agent("Versatile", config={"paceMilliseconds": 1})
    ask = lambda text, **members: site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": text, **members})
    conversation = ask("The first question")["conversationId"]
    ask("The second question", conversationId=conversation)
    first, second = site.page(f"#/chat/{conversation}"), site.page(f"#/chat/{conversation}")
    second.set_viewport_size({"width": 390, "height": 800})
    both = [first, second]
    shown = lambda page: page.locator(".bubble").all_inner_texts()
    same = lambda what, bubbles, versions: [until(f"{what} in window {number}", lambda: shown(page) == bubbles and page.locator(".versions").all_inner_texts() == versions)
                                           for number, page in enumerate(both)]
    for page in both:
        idle(page)
    # In other words, by keyboard; the other window goes along.
    first.locator("button[aria-label='Ask in other words']").first.click()
    first.wait_for_selector(".editor textarea:focus")
    first.keyboard.press("Control+a")
    first.keyboard.type("Asked in other words")
    site.shot(first, "edit")
    first.keyboard.press("Control+Enter")
    same("the edited question", ["Asked in other words"], ["2/2"])
    for page in both:
        idle(page)
    # Another answer, asked for in the other window.
    second.locator("button[aria-label='Answer again']").click()
    same("the second answer", ["Asked in other words"], ["2/2", "2/2"])
    for page in both:
        idle(page)
    site.shot(first, "versions")
    site.shot(second, "versions-phone")
    until("the same text", lambda: first.evaluate(TEXT) == second.evaluate(TEXT))
    # Back to where it came from, with all that followed there.
    first.locator("button[aria-label='Earlier version of the question']").focus()
    first.keyboard.press("Enter")
    same("the first version", ["The first question", "The second question"], ["1/2"])
    until("the focus on the way back", lambda: first.evaluate("() => document.activeElement?.getAttribute('aria-label')") == "Later version of the question")
    second.locator("button[aria-label='Later version of the question']").click()
    same("the way it was left", ["Asked in other words"], ["2/2", "2/2"])
    second.locator("button[aria-label='Earlier version of the answer']").click()
    same("the first answer", ["Asked in other words"], ["2/2", "1/2"])
    late = site.page(f"#/chat/{conversation}")
    idle(late)
    until("the same after a reload", lambda: late.evaluate(TEXT) == first.evaluate(TEXT) == second.evaluate(TEXT))
    # What is written goes on from there, and is all that the next one knows.
    first.fill(".composer textarea", "And then?")
    first.keyboard.press("Enter")
    same("the next question", ["Asked in other words", "And then?"], ["2/2", "1/2"])
    idle(first)
    stored = site.hub.ask("GET", f"/api/conversations/{conversation}/messages")["items"]
    assert [one["text"] for one in stored if one["role"] == "user"] == ["Asked in other words", "And then?"]


def a_copy_goes_on_by_itself(site):
    quick = site.hub.agent("Copied", config={"paceMilliseconds": 0})
    ask = lambda text, **members: site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": text, **members})
    conversation = ask("Kept in both")["conversationId"]
    ask("Only in the original", conversationId=conversation)
    page = site.page(f"#/chat/{conversation}")
    idle(page)
    page.locator(".foot button[aria-label='Go on in a copy']").first.click()
    until("the copy", lambda: page.locator(".bubble").all_inner_texts() == ["Kept in both"] and conversation not in page.url)
    page.wait_for_selector(".turn .foot button")
    page.fill(".composer textarea", "Only in the copy")
    page.keyboard.press("Enter")
    until("the next turn", lambda: page.locator(".bubble").all_inner_texts() == ["Kept in both", "Only in the copy"])
    idle(page)
    page.goto(f"{site.hub.url}/#/chat/{conversation}")
    until("the original", lambda: page.locator(".bubble").all_inner_texts() == ["Kept in both", "Only in the original"])


def a_hit_on_a_branch_that_was_left_is_shown_where_it_stands(site):
    quick = site.hub.agent("Branching", config={"paceMilliseconds": 0})
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": "Where does the numbat live?"})["conversationId"]
    left = site.hub.ask("GET", f"/api/conversations/{conversation}/messages")["items"][0]["id"]
    site.hub.ask("POST", f"/api/conversations/{conversation}/edit", {"messageId": left, "message": "Where does the wombat live?"})
    page = site.page(f"#/chat/{conversation}/{left}")
    page.wait_for_selector(".turn.marked")
    assert page.locator(".bubble").all_inner_texts() == ["Where does the numbat live?"]
    site.shot(page, "elsewhere")
    other = site.page(f"#/chat/{conversation}")
    idle(other)
    assert other.locator(".bubble").all_inner_texts() == ["Where does the wombat live?"]
    page.click("text=Back")
    until("the conversation's own way", lambda: page.locator(".bubble").all_inner_texts() == ["Where does the wombat live?"])
    page.goto(f"{site.hub.url}/#/new")
    page.goto(f"{site.hub.url}/#/chat/{conversation}/{left}")
    page.click("text=Go on here")
    until("the other window", lambda: other.locator(".bubble").all_inner_texts() == ["Where does the numbat live?"])
    assert page.locator(".elsewhere").count() == 0


def a_pipeline_shows_its_steps_the_same_live_and_later(site):
    """S003-37 S004-38"""
    quick = site.hub.agent("Quick", config={"paceMilliseconds": 10})
    steps = [{"id": "topic", "type": "classify", "agent": quick, "labels": ["billing", "other"], "otherwise": "other"},
             {"id": "look", "type": "tool", "tool": "retrieve", "arguments": {"question": "{{input}}", "collection": "billing_docs"}, "onFailure": "continue"},
             {"id": "answer", "type": "agent", "agent": site.hub.agent("Writer", config={"paceMilliseconds": 25}), "input": "{{input}}"}]
    desk = site.hub.ask("POST", "/api/agents", {"name": "Desk", "provider": "pipeline", "config": {"pipeline": {"steps": steps}}})["id"]
    page = site.page(f"#/new?agent={desk}")
    page.wait_for_selector(f".composer option[value='{desk}']", state="attached")
    page.fill(".composer textarea", "What does a refund take?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/chat/*")
    idle(page)
    page.get_by_text("3 steps, 1 tool call").wait_for()
    late = site.page(page.url.split("/", 3)[3])
    idle(late)
    late.click(".activity summary")
    late.get_by_text("3 steps, 1 tool call").wait_for()
    page.click(".activity summary")
    late.wait_for_selector(".inside details.part")
    until("the same steps", lambda: page.inner_text(".inside") == late.inner_text(".inside"))
    site.shot(page, "pipeline")
    # Who comes in the middle has all of it, also when the run is over before the first request is answered.
    middle = site.page("#/live")
    run = site.hub.invoke(desk, "And a return?")
    ended = lambda: site.hub.ask("GET", f"/api/runs/{run['id']}")["status"] == "completed"
    events = f"/api/conversations/{run['conversation']}/events?limit=500"
    until("the second step", lambda: any(one["type"] == "step.completed" and one["step"] == "look" for one in site.hub.ask("GET", events)["items"]))
    middle.route("**/api/runs?**", lambda route: (until("its end", ended), route.continue_()))
    middle.evaluate("(id) => { location.hash = `#/chat/${id}`; }", run["conversation"])
    middle.get_by_text("3 steps, 1 tool call").wait_for()


def an_agent_is_made_changed_compared_and_restored(site):
    """S003-40"""
    page = site.page("#/agents/new")
    page.get_by_label("Name", exact=True).fill("Made in the page")
    page.get_by_label("Provider").select_option("demo")
    page.get_by_label("Model", exact=True).fill("demo")
    page.get_by_label("System prompt").fill("Be brief.")
    page.click("text=Create")
    page.wait_for_url("**/#/agents/0*")
    page.get_by_label("System prompt").fill("Be long.")
    page.click("button:has-text('Save')")
    page.get_by_text("Version 2 ·").wait_for()
    page.click(".tabs >> text=Versions")
    page.click("text=Version 1")
    page.wait_for_selector(".diff ins")
    assert "Be long." in page.inner_text(".diff del")
    page.click("text=Restore version 1")
    page.get_by_text("Version 3 ·").wait_for()
    assert page.get_by_label("System prompt").input_value() == "Be brief."


def the_room_asks_several_agents_at_once(site):
    seats = [site.hub.agent(name, config={"paceMilliseconds": 5}) for name in ["Left", "Right"]]
    page = site.page(f"#/meeting?seats={','.join(seats)}")
    page.fill(".composer textarea", "To both of you")
    page.keyboard.press("Enter")
    until("two answers", lambda: page.locator(".seat .turn .foot button[aria-label='Answer again']").count() == 2)
    assert page.locator(".seat .bubble", has_text="To both of you").count() == 2
    site.shot(page, "meeting")
    page.reload()
    until("the room after a reload", lambda: page.locator(".seat .answer").count() == 2)


def an_indicator_stands_between_sending_and_the_first_piece(site):
    """S004-39"""
    slow = site.hub.agent("Thoughtful", config={"paceMilliseconds": 1000})
    conversation = site.hub.invoke(slow, "First")["conversation"]
    site.hub.invoke(slow, "Second", conversationId=conversation)
    page = site.page(f"#/chat/{conversation}")
    page.get_by_text("Thoughtful will answer when it is its turn").wait_for()
    for run in site.hub.ask("GET", f"/api/runs?conversation={conversation}")["items"]:
        site.hub.ask("POST", f"/api/runs/{run['id']}/stop")
    until("the indicator to go", lambda: page.locator(".working").count() == 0)


def a_search_opens_its_hit_at_its_place(site):
    quick = site.hub.agent("Quick", config={"paceMilliseconds": 0})
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": "Where is the quokka <b>hidden</b>?"})["conversationId"]
    for number in range(3):
        site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": f"Later {number}", "conversationId": conversation})
    page = site.page("#/live")
    page.keyboard.press("/")
    page.wait_for_selector("input[type=search]:focus")
    page.keyboard.type("quok* hidden")
    page.wait_for_selector("mark")
    assert page.locator("mark").first.inner_text().lower() == "quokka" and page.locator("main b").count() == 0
    site.shot(page, "search")
    page.locator("a.row", has_text="<b>").first.click()
    page.wait_for_selector(".turn.marked")
    assert "quokka" in page.locator(".turn.marked").inner_text()


def a_replay_shows_every_step_of_an_answer_and_ends_like_the_chat(site):
    quick = site.hub.agent("Quick", config={"paceMilliseconds": 10})
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": "Play it again"})["conversationId"]
    page = site.page(f"#/replay/{conversation}")
    page.wait_for_selector(".player")
    whole = page.inner_text(".answers")
    lengths = []
    for place in [5, 20, 60, 40]:
        page.locator(".player input").evaluate("(node, place) => { node.value = place; node.dispatchEvent(new Event('input')); }", place)
        page.wait_for_timeout(60)
        lengths.append(len(page.inner_text(".answers")))
    assert lengths[0] < lengths[1] < lengths[3] < lengths[2], lengths
    page.locator(".player select").select_option("20")
    page.click("button[aria-label=Play]")
    until("the end", lambda: page.inner_text(".answers") == whole)
    site.shot(page, "replay")
    page.click("text=Open")
    idle(page)
    assert page.inner_text(".answers") == whole


def a_hub_with_other_data_is_read_anew(site):
    quick = site.hub.agent("Quick", config={"paceMilliseconds": 0})
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": "Known for a while"})["conversationId"]
    page = site.page(f"#/chat/{conversation}")
    idle(page)
    site.hub.stop()
    kept, site.hub.folder = site.hub.folder, tempfile.TemporaryDirectory()
    site.hub.start()
    page.get_by_text("There is no conversation with this address").wait_for()
    until("the list without it", lambda: "Known for a while" not in page.inner_text("#recent"))
    site.hub.stop()
    site.hub.folder = kept
    site.hub.start()
    page.wait_for_selector("#state[data-state=live]", state="attached")
    page.goto(f"{site.hub.url}/#/chats")
    page.locator("main a.row", has_text="Known for a while").click()
    page.wait_for_url("**/#/chat/*")
    idle(page)


def a_conversation_is_saved_and_taken_in_again(site):
    """S003-39"""
    quick = site.hub.agent("Quick", config={"paceMilliseconds": 0})
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": quick, "message": "Keep this for me"})["conversationId"]
    page = site.page(f"#/chat/{conversation}")
    idle(page)
    page.click("button[aria-label='Save as a file']")
    with page.expect_download() as saved:
        page.click("text=Lines of JSON")
    page.keyboard.press("Escape")
    page.goto(f"{site.hub.url}/#/chats")
    entries = page.locator("main a.row", has_text="Keep this for me")
    entries.first.wait_for()
    assert entries.count() == 1
    page.locator("input[type=file]").set_input_files(files=[{"name": "saved.jsonl", "mimeType": "application/jsonl", "buffer": pathlib.Path(saved.value.path()).read_bytes()}])
    until("the second one", lambda: entries.count() == 2)
    entries.first.click()
    page.wait_for_selector(".answer")
    assert "Keep this for me" in page.inner_text(".bubble")


class Model(http.server.BaseHTTPRequestHandler):
    """A server that speaks like OpenAI's: thinks, asks for the tool `look_around`, and answers once it has its result."""

    def do_POST(self):
        turns = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        results = [turn["content"] for turn in turns if turn["role"] == "tool"]
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look_around", "arguments": '{"place":"<b>here</b>"}'}}
        deltas = [{"content": f"It says {results[-1]}"}] if results else [{"reasoning_content": "Should I look?"}, {"tool_calls": [call]}]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for delta in deltas:
            self.wfile.write(f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode())
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop" if results else "tool_calls"}], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}
        self.wfile.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())

    def log_message(self, *_):
        pass


def a_call_that_waits_is_approved_in_the_page_and_its_story_can_be_read(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.hub.ask("POST", "/api/tools", {"name": "look_around", "description": "Asks the hub how it is.", "url": f"{site.hub.url}/health", "approval": "always",
                                        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}}})
    careful = site.hub.ask("POST", "/api/agents", {"name": "Careful", "provider": "openai", "model": "any", "config": {
        "baseUrl": f"http://127.0.0.1:{server.server_port}/v1", "apiKey": "none", "tools": ["look_around"]}})["id"]
    conversation = site.hub.invoke(careful, "May I?")["conversation"]
    first = site.page(f"#/chat/{conversation}")
    first.wait_for_selector(".approval")
    # Whoever comes later is asked, too, and no more once it is decided.
    late = site.page(f"#/chat/{conversation}")
    late.wait_for_selector(".approval")
    assert "<b>here</b>" in late.inner_text(".approval pre") and late.locator(".approval b").count() == 0
    site.shot(late, "approval")
    late.click("text=Approve")
    for page in [first, late, site.page(f"#/chat/{conversation}")]:
        idle(page)
        assert page.locator(".approval").count() == 0
        page.click(".activity > summary")
        page.wait_for_selector(".inside details.part")
        until("thoughts and the call", lambda: "Should I look?" in page.inner_text(".inside") and "look_around" in page.inner_text(".inside"))
    until("the same story", lambda: first.inner_text(".inside") == late.inner_text(".inside") == page.inner_text(".inside"))
    site.hub.ask("DELETE", "/api/tools/look_around")
    server.shutdown()


def writing_is_shown_to_the_others(site):
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": "demo", "message": "A room for two"})["conversationId"]
    first, second = site.page(f"#/chat/{conversation}"), site.page(f"#/chat/{conversation}")
    first.get_by_text("1 more viewer").wait_for()
    second.fill(".composer textarea", "I am wri")
    first.get_by_text("Somebody is writing").wait_for()


def a_page_without_sockets_still_works(site):
    context = site.context()
    context.add_init_script("window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({ code: 1006, reason: '' })); } close() {} }; WebSocket.OPEN = 1;")
    page = context.new_page()
    page.goto(f"{site.hub.url}/#/new")
    page.wait_for_selector("#state[data-state=polling]", state="attached")
    page.fill(".composer textarea", "By requests alone")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/chat/*")
    idle(page)
    conversation = page.url.rsplit("/", 1)[1]
    assert raw(page) == answer_text(site.hub, conversation)


def nothing_serious_is_found_by_axe(site):
    """S002-28"""
    import axe_core_python
    axe = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
    conversation = site.hub.ask("POST", "/api/invoke", {"agentId": "demo", "message": "Is this readable?"})["conversationId"]
    found = []
    for scheme in ["light", "dark"]:
        for width in [1280, 390]:
            context = site.context(color_scheme=scheme, bypass_csp=True)
            page = site.page("", context)
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(axe)
            for place in ["#/live", "#/new", "#/chats", f"#/chat/{conversation}", "#/search?q=readable", "#/agents", "#/agents/new", "#/providers", "#/usage", "#/data/test-session", "#/knowledge", "#/settings", "#/meeting"]:
                page.evaluate("(place) => { location.hash = place; }", place)
                page.wait_for_timeout(350)
                site.shot(page, f"{place.split('/')[1]}-{scheme}-{width}")
                result = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message || '')).join(' | ')}`)")
                found += [f"{place} {scheme} {width}: {one}" for one in result]
                assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"), f"{place} is wider than {width}"
    assert not found, "\n".join(found)


def documentation(site, place="docs", **members):
    page = site.context(permissions=["clipboard-read", "clipboard-write"], **members).new_page()
    page.on("pageerror", lambda error: site.faults.append(f"error: {error}"))
    page.goto(f"{site.hub.url}/{place}")
    page.wait_for_selector("#find")
    return page


def the_documentation_is_found_read_and_tried_by_keyboard(site):
    """S004-03"""
    page = documentation(site)
    shown = "() => [...document.querySelectorAll('details.operation')].filter((one) => one.checkVisibility()).map((one) => one.id)"
    assert len(page.evaluate(shown)) > 150
    page.keyboard.press("/")
    page.keyboard.type("pauseagent post")
    assert page.evaluate(shown) == ["pauseAgent"], page.evaluate(shown)
    page.keyboard.press("Control+A")
    page.keyboard.type("/api/invoke")
    page.focus("#invoke > summary")
    page.keyboard.press("Enter")
    page.get_by_label("Form of 200 as application/json").get_by_role("link", name="Answer").wait_for()
    page.fill("#invoke-body", json.dumps({"agentId": "demo", "message": "It's live?"}))
    page.select_option("#invoke-accept", "text/event-stream")
    page.click("#invoke button[type=submit]")
    output = page.get_by_label("Answer", exact=True)
    until("a first event", lambda: "run.started" in output.inner_text())
    assert "run.completed" not in output.inner_text(), "the stream was not shown while it came"
    until("the last event", lambda: "run.completed" in output.inner_text())
    page.get_by_role("button", name="As curl").click()
    line = page.get_by_label("Line for a shell").inner_text()
    answer = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=DEADLINE)
    assert "run.completed" in answer.stdout, answer
    page.fill("#find", "")
    page.goto(f"{site.hub.url}/docs#getRun")
    page.wait_for_selector("#getRun[open]")
    page.click("#getRun button[type=submit]")
    page.get_by_label("Answer", exact=True).last.get_by_text("run_not_found").wait_for()
    assert page.locator("#getRun strong.bad").first.inner_text()


def the_sockets_are_described_and_tried(site):
    page = documentation(site, "docs#over-sockets")
    page.get_by_role("button", name="Connect").click()
    page.get_by_text("Connected.").wait_for()
    page.click("#socket-invoke > summary")
    page.get_by_label("Form of invoke", exact=True).get_by_text("onBusy").wait_for()
    page.get_by_role("button", name="Put into the console").click()
    page.fill("#order", json.dumps({"id": 7, "command": "invoke", "agent": "demo", "message": "By socket"}))
    page.click("#over-sockets form button[type=submit]")
    said = page.get_by_label("What was said")
    until("the answer", lambda: "run.completed" in said.inner_text() and '"reply":7' in said.inner_text())
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_text("Closed: 1000").wait_for()


def the_documentation_of_a_surface_shows_its_operations(site):
    page = documentation(site, "fsia/docs")
    paths = page.locator("#field-service .path").all_inner_texts()
    assert paths == ["/internal/chat/stream", "/fsia/chat/stream"], paths


def nothing_serious_is_found_in_the_documentation(site):
    import axe_core_python
    axe = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
    found = []
    for scheme in ["light", "dark"]:
        for width in [1280, 390]:
            page = documentation(site, color_scheme=scheme, bypass_csp=True)
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(axe)
            for place in ["#find", "#invoke", "#uploadDataset", "#listRuns", "#socket-subscribe", "#schema-Run"]:
                page.evaluate("(place) => { location.hash = place; }", place)
                page.wait_for_timeout(350)
                site.shot(page, f"docs-{place[1:]}-{scheme}-{width}")
            result = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message || '')).join(' | ')}`)")
            found += [f"{scheme} {width}: {one}" for one in result]
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"), f"the page is wider than {width}"
    assert not found, "\n".join(found)


TESTS = [the_rules_hold_in_the_browser_that_runs_them, the_first_paint_comes_at_once, a_chat_can_be_held_by_keyboard_alone, a_run_is_stopped_answered_again_and_rated,
         questions_and_answers_have_versions_in_all_windows, a_copy_goes_on_by_itself, a_hit_on_a_branch_that_was_left_is_shown_where_it_stands,
         a_pipeline_shows_its_steps_the_same_live_and_later, an_agent_is_made_changed_compared_and_restored, the_room_asks_several_agents_at_once, an_indicator_stands_between_sending_and_the_first_piece, writing_is_shown_to_the_others, a_search_opens_its_hit_at_its_place, a_replay_shows_every_step_of_an_answer_and_ends_like_the_chat, a_call_that_waits_is_approved_in_the_page_and_its_story_can_be_read,
         hostile_names_and_texts_inject_nothing, a_page_without_sockets_still_works, two_windows_stay_identical_through_reload_and_offline, a_hub_that_is_killed_in_mid_answer_is_met_again, a_hub_with_other_data_is_read_anew, a_conversation_is_saved_and_taken_in_again,
         fifty_live_runs_leave_the_page_its_frames, ten_thousand_messages_open_within_a_second, nothing_serious_is_found_by_axe,
         the_documentation_is_found_read_and_tried_by_keyboard, the_sockets_are_described_and_tried, the_documentation_of_a_surface_shows_its_operations, nothing_serious_is_found_in_the_documentation]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("hub")
    arguments.add_argument("chromium")
    arguments.add_argument("--screenshots")
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    if options.screenshots:
        pathlib.Path(options.screenshots).mkdir(parents=True, exist_ok=True)
    failed = []
    hub = Hub(options.hub)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for test in TESTS:
            if options.only not in test.__name__:
                continue
            begin, site = time.monotonic(), Site(browser, hub, options.screenshots)
            name = test.__name__.replace("_", " ")
            try:
                try:
                    test(site)
                finally:
                    if sys.exc_info()[0] and site.contexts and site.contexts[-1].pages:
                        site.shot(site.contexts[-1].pages[-1], f"failed-{test.__name__}")
                    site.close()
                print(f"ok    {name} ({time.monotonic() - begin:.1f} s)", flush=True)
            except Exception:
                failed.append(name)
                print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
                if hub.process.poll() is not None:
                    hub.start()
        browser.close()
    hub.stop()
    print(f"browser: {len(failed)} failed" if failed else "browser: all passed")
    sys.exit(1 if failed else 0)


main()
