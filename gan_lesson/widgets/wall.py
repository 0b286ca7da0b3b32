"""A wall of small pictures of which one can be chosen, which only the page can do."""

import anywidget
import traitlets


class Wall(anywidget.AnyWidget):
    """source: the wall's pixels as an address; alt: what it shows; columns, count: of its pictures.

    chosen: the number of the picture that was clicked or reached with the arrow keys, -1 for none.
    """

    source = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    columns = traitlets.Int(8).tag(sync=True)
    count = traitlets.Int(64).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)

    _esm = """
    function render({ model, el }) {
        const button = document.createElement("button");
        const image = button.appendChild(document.createElement("img"));
        const frame = button.appendChild(document.createElement("span"));
        el.classList.add("gan-wall");
        image.className = "gan-picture";
        el.append(button);
        const draw = () => {
            image.src = model.get("source");
            image.alt = model.get("alt");
            const [columns, chosen] = [model.get("columns"), model.get("chosen")];
            const rows = Math.ceil(model.get("count") / columns);
            button.style.aspectRatio = `${columns} / ${rows}`;
            frame.hidden = chosen < 0;
            frame.style.left = `${100 * (chosen % columns) / columns}%`;
            frame.style.top = `${100 * Math.floor(chosen / columns) / rows}%`;
            frame.style.width = `${100 / columns}%`;
            frame.style.height = `${100 / rows}%`;
        };
        const choose = (number) => {
            model.set("chosen", Math.max(0, Math.min(model.get("count") - 1, number)));
            model.save_changes();
        };
        button.addEventListener("click", (event) => {
            if (!event.detail) return;  // Enter, which is nowhere
            const [box, columns] = [button.getBoundingClientRect(), model.get("columns")];
            const rows = Math.ceil(model.get("count") / columns);
            const x = Math.floor((event.clientX - box.left) / box.width * columns);
            const y = Math.floor((event.clientY - box.top) / box.height * rows);
            choose(Math.min(x, columns - 1) + Math.min(y, rows - 1) * columns);
        });
        button.addEventListener("keydown", (event) => {
            const columns = model.get("columns");
            const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
            if (!(event.key in step)) return;
            event.preventDefault();
            event.stopPropagation();
            choose(model.get("chosen") < 0 ? 0 : model.get("chosen") + step[event.key]);
        });
        const traits = ["source", "alt", "columns", "count", "chosen"].map((name) =>
            `change:${name}`).join(" ");
        model.on(traits, draw);
        draw();
        return () => model.off(traits, draw);
    }
    export default { render };
    """
