// What Python cannot do for an instrument: names for handles, keys kept from the notebook's shortcuts,
// Present (the instrument over the whole window), and what is true when the kernel does not answer.

const CONTROLS = "button, input, select, textarea, a, [tabindex], [contenteditable]";
const page = (globalThis.ganLessonPage ??= Math.random().toString(36).slice(2));

function help(root) {
    for (const control of root.querySelectorAll(CONTROLS))
        control.dataset.lmSuppressShortcuts = "true";
    for (const handle of root.querySelectorAll(".noUi-handle")) {
        const label = handle.closest(".widget-inline-hbox")?.querySelector(".widget-label");
        if (label && handle.getAttribute("aria-label") !== label.textContent)
            handle.setAttribute("aria-label", label.textContent);
    }
}

// Present: in the top layer, where no panel of the page can clip it; all the rest cannot be reached.
function present(root, button, name, ended) {
    const others = [];
    for (let part = root; part !== document.body; part = part.parentElement)
        for (const other of part.parentElement.children)
            if (other !== part && !other.inert) others.push(other);
    const leave = () => {
        document.removeEventListener("keydown", key, true);
        document.removeEventListener("focusin", keep);
        for (const other of others) other.inert = false;
        root.hidePopover?.();
        root.classList.remove("gan-present");
        for (const trait of ["popover", "role", "aria-modal", "aria-label", "tabindex"])
            root.removeAttribute(trait);
        delete root.dataset.lmSuppressShortcuts;
        button.setAttribute("aria-pressed", "false");
        root.scrollIntoView({ block: "nearest" });
        button.focus({ preventScroll: true });
        ended();
    };
    const key = (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        leave();
    };
    const keep = (event) => {  // from a cell around the instrument, say
        if (!root.contains(event.target)) button.focus();
    };
    document.addEventListener("keydown", key, true);
    document.addEventListener("focusin", keep);
    for (const other of others) other.inert = true;
    for (const [trait, value] of Object.entries({
        popover: "manual", role: "dialog", "aria-modal": "true", "aria-label": name, tabindex: "-1",
    })) root.setAttribute(trait, value);
    root.dataset.lmSuppressShortcuts = "true";
    root.classList.add("gan-present");
    root.showPopover?.();
    button.setAttribute("aria-pressed", "true");
    button.focus();
    return leave;
}

// Look after the kernel: grey when it is gone; a word when something else keeps it busy.
function watchKernel(root, manager, say) {
    const kernel = manager?.kernel;
    if (!kernel) return () => {};  // a page that does not tell
    const dead = ["dead", "terminating", "restarting", "autorestarting"];
    let lost = 0, pressed = 0;
    const look = () => {
        lost = kernel.connectionStatus === "connected" ? 0 : lost || Date.now();
        const gone = kernel.isDisposed || dead.includes(kernel.status) || manager.kernel !== kernel
            || root.classList.contains("jupyter-widgets-disconnected")
            || (lost && Date.now() - lost > 4000);
        root.classList.toggle("gan-gone", Boolean(gone));
        for (const part of root.querySelectorAll(":scope > *, .gan-bar > *"))
            if (!part.matches(".gan-bar, .gan-said")) part.inert = Boolean(gone);
        if (kernel.status === "idle") pressed = 0;
        say(gone ? "gone" : pressed && Date.now() - pressed > 200 ? "busy" : "");
    };
    const press = (event) => {
        if (event.target.closest("button") && kernel.status === "busy") {
            pressed = Date.now();
            setTimeout(look, 250);
        }
    };
    root.addEventListener("click", press, true);
    kernel.statusChanged.connect(look);
    const timer = setInterval(look, 1000);
    return () => {
        clearInterval(timer);
        root.removeEventListener("click", press, true);
        kernel.statusChanged.disconnect(look);
    };
}

// A press or a stroke on what carries data-point: places along it (shares of a picture, units of a
// drawing) go to the kernel, ten times a second at most. Pictures are replaced meanwhile.
function watchPoints(root, send) {
    let name = "", first = true, path = [], timer;
    const flush = () => {
        timer = undefined;
        if (path.length) send({ point: name, path, first });
        [first, path] = [false, []];
    };
    const note = (event) => {
        const part = root.querySelector(`[data-point="${name}"]`);
        const box = part.getBoundingClientRect();
        if (part.getScreenCTM) {
            const place = new DOMPoint(event.clientX, event.clientY);
            const { x, y } = place.matrixTransform(part.getScreenCTM().inverse());
            path.push([x, y]);
        } else path.push([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
        timer ??= setTimeout(flush, first ? 0 : 100);
    };
    const down = (event) => {
        const part = event.target.closest?.("[data-point]");
        if (!part || event.button) return;
        [name, first] = [part.dataset.point, true];
        note(event);
        event.preventDefault();
    };
    const move = (event) => { if (name) note(event); };
    const up = () => {
        if (!name) return;
        clearTimeout(timer);
        flush();
        name = "";
    };
    root.addEventListener("pointerdown", down);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", up);
    return () => {
        window.removeEventListener("pointermove", move);
        window.removeEventListener("pointerup", up);
        window.removeEventListener("pointercancel", up);
    };
}

function render({ model, el }) {
    let root, observer, leave, unwatch, unpoint, frame, state = "";
    const view = (change) => {
        model.set("views", change(model.get("views")));
        model.save_changes();
    };
    view((views) => [...views.filter((sign) => sign === page), page]);
    const button = document.createElement("button");
    button.className = "jupyter-button widget-button gan-present-button";
    const icon = document.createElement("i");
    const said = document.createElement("div");
    said.className = "gan-page-said";
    said.setAttribute("role", "status");
    const write = () => {
        const words = model.get("words");
        button.replaceChildren(icon, ` ${leave ? words.leave : words.present}`);
        icon.className = `fa fa-${leave ? "compress" : "expand"}`;
        const text = words[state] ?? "";
        if (said.textContent !== text) said.textContent = text;
    };
    button.addEventListener("click", () => {
        if (leave) return leave();
        root.style.setProperty("--gan-grid", model.get("grid"));
        leave = present(root, button, model.get("words").present, () => {
            leave = undefined;
            write();
        });
        write();
    });
    const start = () => {
        root = el.closest(".gan-instrument");
        if (!root) {  // not in the page yet
            frame = requestAnimationFrame(start);
            return;
        }
        help(root);
        observer = new MutationObserver(() => help(root));
        observer.observe(root, { childList: true, subtree: true, characterData: true });
        (root.querySelector(".gan-said") ?? root).append(said);
        unpoint = watchPoints(root, (stroke) => model.send(stroke));
        unwatch = watchKernel(root, model.widget_manager, (now) => {
            if (now === state) return;
            state = now;
            write();
        });
    };
    if (model.get("grid")) el.append(button);
    model.on("change:words", write);
    write();
    frame = requestAnimationFrame(start);
    return () => {
        cancelAnimationFrame(frame);
        observer?.disconnect();
        leave?.();
        unwatch?.();
        unpoint?.();
        model.off("change:words", write);
        view((views) => views.filter((_, index) => index !== views.indexOf(page)));
    };
}

export default { render };
