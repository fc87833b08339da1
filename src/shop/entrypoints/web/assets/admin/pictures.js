// Pictures of a product: uploaded by a button or by dropping files, put in order by dragging or by buttons.
import { post } from "../common/api.js";
import { announce, fill, freshId, h } from "../common/dom.js";
import { plural } from "../common/format.js";

const MAX_PICTURES = 20;
const TYPES = "image/jpeg,image/png,image/webp,image/gif";

/** Edit `draft.images`; `changed` is called on every change. */
export function picturesEditor(draft, changed) {
  const list = h("ol", { class: "picture-list", "aria-label": "Pictures in order" });
  const status = h("p", { class: "small-text", role: "status" });
  const problems = h("ul", { class: "problem", role: "alert" });
  const input = h("input", { type: "file", accept: TYPES, multiple: true, class: "visually-hidden", id: freshId("upload"), "aria-label": "Upload pictures" });
  const zone = h("div", { class: "drop-zone" }, list, h("div", { class: "upload" }, input, h("label", { for: input.id, class: "button" }, "Upload pictures"), h("span", { class: "soft small-text" }, "or drop files here. JPEG, PNG, WebP or GIF, up to 10 MB.")), status, problems);
  const render = (focus) => {
    fill(list, draft.images.map((image, index) => entry(image, index)));
    list.hidden = draft.images.length === 0;
    if (focus === undefined) return;
    const moved = list.children[focus.index];
    (moved.querySelector(`[data-act="${focus.act}"]:not(:disabled)`) ?? moved.querySelector("button:not(:disabled)")).focus();
  };
  const move = (from, to, act) => {
    if (to < 0 || to >= draft.images.length || from === to) return;
    draft.images.splice(to, 0, ...draft.images.splice(from, 1));
    render(act === undefined ? undefined : { index: to, act });
    announce(`Picture ${from + 1} is number ${to + 1} now.`);
    changed();
  };
  const drop = (index) => {
    draft.images.splice(index, 1);
    render();
    (list.children[Math.min(index, draft.images.length - 1)]?.querySelector('[data-act="remove"]') ?? input).focus();
    changed();
  };
  const entry = (image, index) => {
    const number = index + 1;
    const small = image.widths?.[0]?.url ?? image.url;
    const alt = h("input", { "aria-label": `Alternative text of picture ${number}`, placeholder: "What does it show?", maxlength: 500, value: image.alt });
    alt.addEventListener("input", () => {
      image.alt = alt.value;
      changed();
    });
    const button = (act, text, label, click, disabled) => h("button", { type: "button", class: "small quiet", "data-act": act, "aria-label": label, disabled, click }, text);
    const element = h(
      "li",
      { draggable: "true" },
      h("img", { src: small, alt: image.alt || `Picture ${number}`, width: 160, height: 160, loading: "lazy", draggable: "false" }),
      index === 0 ? h("span", { class: "tag" }, "Main") : null,
      alt,
      h(
        "div",
        { class: "actions" },
        button("earlier", "←", `Move picture ${number} earlier`, () => move(index, index - 1, "earlier"), index === 0),
        button("later", "→", `Move picture ${number} later`, () => move(index, index + 1, "later"), index === draft.images.length - 1),
        button("remove", "Remove", `Remove picture ${number}`, () => drop(index)),
      ),
    );
    element.addEventListener("dragstart", (event) => {
      if (event.target !== element) return; // selected text of the field is dragged
      event.dataTransfer.setData("text/x-picture", String(index));
      event.dataTransfer.effectAllowed = "move";
    });
    element.addEventListener("drop", (event) => {
      const from = event.dataTransfer.getData("text/x-picture");
      if (from === "") return;
      event.preventDefault();
      event.stopPropagation();
      zone.classList.remove("over");
      move(Number(from), index);
    });
    return element;
  };
  const upload = async (files) => {
    const room = MAX_PICTURES - draft.images.length;
    fill(problems);
    if (files.length > room) problems.append(h("li", {}, `A product has at most ${MAX_PICTURES} pictures: ${plural(files.length - room, "file")} left out.`));
    const wanted = [...files].slice(0, room);
    for (const [index, file] of wanted.entries()) {
      fill(status, `Uploading ${index + 1} of ${wanted.length}: ${file.name} …`);
      try {
        add(await send(file));
      } catch (error) {
        problems.append(h("li", {}, `${file.name}: ${reasonOf(error)}`));
      }
    }
    fill(status, wanted.length ? `${plural(draft.images.length, "picture")} now.` : null);
  };
  const add = (picture) => {
    if (draft.images.some(({ mediaId }) => mediaId === picture.id)) return;
    draft.images.push({ mediaId: picture.id, url: picture.url, alt: picture.alt, width: picture.width, height: picture.height, widths: picture.widths });
    render();
    changed();
  };
  input.addEventListener("change", async () => {
    await upload(input.files);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      const { types } = event.dataTransfer;
      if (!types.includes("Files") && !types.includes("text/x-picture")) return;
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget) || zone.classList.remove("over"));
  zone.addEventListener("dragend", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    upload(event.dataTransfer.files);
  });
  render();
  return zone;
}

function send(file) {
  const body = new FormData();
  body.append("file", file);
  return post("/api/admin/media", body);
}

function reasonOf(error) {
  if (error.status === 413) return "The file is larger than 10 MB.";
  if (error.status === 415) return "This is not a JPEG, PNG, WebP or GIF picture.";
  if (error.code === "MEDIA_OFF") return "The shop has no place for pictures yet: the setting SHOP_MEDIA names it.";
  return error.message;
}
