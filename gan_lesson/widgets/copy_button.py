"""A button that puts text on the clipboard, which only the page can do."""

import anywidget
import traitlets


class CopyButton(anywidget.AnyWidget):
    """description: what stands on the button; text: what it copies; copies: how often it did."""

    description = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    copies = traitlets.Int(0).tag(sync=True)

    _esm = """
    async function copy(text) {
        try {
            await navigator.clipboard.writeText(text);
        } catch {  // a page without https, or one that may not: the old way
            const area = document.createElement("textarea");
            area.value = text;
            document.body.append(area);
            area.select();
            document.execCommand("copy");
            area.remove();
        }
    }
    function render({ model, el }) {
        const button = document.createElement("button");
        button.className = "jupyter-button widget-button";
        const label = () => {
            button.textContent = model.get("description");
            button.title = model.get("text");
        };
        label();
        model.on("change:description change:text", label);
        button.addEventListener("click", async () => {
            await copy(model.get("text"));
            button.focus();
            model.set("copies", model.get("copies") + 1);
            model.save_changes();
        });
        el.append(button);
        return () => model.off("change:description change:text", label);
    }
    export default { render };
    """
