// What CKAN's forms do in inline handlers, which the content security policy forbids.
// The handlers are taken out by the helper `jambi_without_handlers`; the elements keep CKAN's own ids.

const byId = (id) => document.getElementById(id);

function choose(radio) {
  byId(radio).checked = true;
  byId(radio).dispatchEvent(new Event("change", { bubbles: true }));
}

function removeUrl(button) {
  const part = button.closest(".select-type");
  const clear = part.querySelector("#field-clear-upload");
  if (clear && !clear.checked && part.querySelector(".upload-type").contains(button)) {
    clear.checked = true;
    byId("field-resource-upload").focus();
    return;
  }
  for (const field of part.querySelectorAll("input[type=file], input[type=url]")) field.value = "";
  choose("resource-url-none");
  (byId("resource-upload-button") || byId("resource-link-button")).focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "resource-upload-button") {
    choose("resource-url-upload");
    byId("field-resource-upload").click();
  } else if (button.id === "resource-link-button") {
    choose("resource-url-link");
    byId("field-resource-url").focus();
  } else if (button.classList.contains("btn-remove-url")) {
    removeUrl(button);
  }
});

function allowRevoking() {
  const button = byId("revoke-tokens-button");
  if (button) button.disabled = !document.querySelector("[name=token]:checked");
}

document.addEventListener("change", (event) => {
  if (event.target.name === "token") allowRevoking();
});
document.addEventListener("htmx:afterRequest", allowRevoking);
