// Shows this host's own reference. The page's query is never looked at: a link could otherwise
// show somebody else's document here, with a form that takes tokens.

window.SwaggerUIBundle({
  url: "/swagger.json",
  domNode: document.getElementById("reference"),
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  queryConfigEnabled: false,
  validatorUrl: null,
  persistAuthorization: false,
  docExpansion: "list",
});
