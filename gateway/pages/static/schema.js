// Draws the OpenAPI document with Swagger UI, whose script is deferred and has run by now.
const place = document.getElementById("swagger");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: false,
});
