"""A square to put points on, with the mouse or with the keyboard alone."""

import anywidget
import traitlets


class PointPad(anywidget.AnyWidget):
    """points: a list of [x, y], each from -1.5 to 1.5 with two decimals, both ways.

    A click adds a point, a click on a point removes it. Arrow keys move a cursor (with Shift in
    large steps), Enter or Space adds a point there, Delete removes the one there.
    """

    points = traitlets.List().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    help = traitlets.Unicode().tag(sync=True)

    _esm = """
    const NEAR = 0.07, EDGE = 1.5, NS = "http://www.w3.org/2000/svg";
    const AXES = "M-1.5 0h3M0 -1.5v3M-1 -.04v.08M1 -.04v.08M-.04 -1h.08M-.04 1h.08";
    const round = (value) => Math.round(Math.max(-EDGE, Math.min(EDGE, value)) * 100) / 100;
    function make(parent, name, attributes = {}) {
        const node = document.createElementNS(NS, name);
        for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
        return parent.appendChild(node);
    }
    function render({ model, el }) {
        el.classList.add("gan-pad");
        const label = el.appendChild(document.createElement("div"));
        const pad = make(el, "svg", { viewBox: "-1.5 -1.5 3 3", tabindex: 0, role: "application" });
        const help = el.appendChild(document.createElement("div"));
        const place = el.appendChild(document.createElement("div"));
        place.setAttribute("role", "status");
        let cursor = [0, 0];
        const near = ([x, y]) => model.get("points").findIndex(
            ([px, py]) => Math.hypot(px - x, py - y) < NEAR);
        function draw() {
            pad.replaceChildren();
            label.textContent = model.get("label");
            help.textContent = model.get("help");
            pad.setAttribute("aria-label", `${model.get("label")} ${model.get("help")}`);
            make(pad, "path", { class: "axes", d: AXES });
            for (const [x, y] of model.get("points"))
                make(pad, "circle", { cx: x, cy: -y, r: 0.045 });
            const [x, y] = cursor;
            make(pad, "path", { class: "cursor", d: `M${x - 0.1} ${-y}h.2M${x} ${-y - 0.1}v.2` });
            const here = near(cursor) < 0 ? "" : " ●";
            const count = model.get("points").length;
            place.textContent = `(${x.toFixed(2)}, ${y.toFixed(2)})${here} · N = ${count}`;
        }
        function set(points) {
            model.set("points", points);
            model.save_changes();
            draw();
        }
        const add = (at) => set([...model.get("points"), at]);
        const remove = (which) => set(model.get("points").filter((_, index) => index !== which));
        pad.addEventListener("click", (event) => {
            const box = pad.getBoundingClientRect();
            cursor = [(event.clientX - box.left) / box.width * 3 - 1.5,
                1.5 - (event.clientY - box.top) / box.height * 3].map(round);
            near(cursor) < 0 ? add(cursor) : remove(near(cursor));
        });
        pad.addEventListener("keydown", (event) => {
            const step = event.shiftKey ? 0.25 : 0.05;
            const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step],
                ArrowDown: [0, -step] };
            if (moves[event.key]) {
                cursor = cursor.map((value, axis) => round(value + moves[event.key][axis]));
                draw();
            } else if (event.key === "Enter" || event.key === " ") {
                if (near(cursor) < 0) add(cursor);
            } else if (event.key === "Delete" || event.key === "Backspace") {
                if (near(cursor) >= 0) remove(near(cursor));
            } else return;
            event.preventDefault();
            event.stopPropagation();
        });
        const traits = "change:points change:label change:help";
        model.on(traits, draw);
        draw();
        return () => model.off(traits, draw);
    }
    export default { render };
    """
    _css = """
    .gan-pad svg { width: 260px; height: 260px; border: 1px solid #767676; cursor: crosshair;
        background: white; touch-action: none; }
    .gan-pad svg:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
    .gan-pad svg circle { fill: #0072B2; }
    .gan-pad svg .axes { stroke: #767676; stroke-width: 0.01; }
    .gan-pad svg .cursor { stroke: #222; stroke-width: 0.02; }
    .gan-pad div { max-width: 26em; line-height: 1.5; }
    """
