// For browsers that cannot read the page's own script: one sentence, in words that any browser understands.
window.onload = function () {
  setTimeout(function () {
    if (document.documentElement.getAttribute("data-started")) return;
    var place = document.getElementById("waiting");
    if (!place) return;
    place.innerHTML = "";
    place.appendChild(
      document.createTextNode(
        "This page did not start. It needs Chrome or Edge 115, Firefox 115 or Safari 16.4, or a newer one: update this browser, or open the link in another. If it is new enough, load the page again.",
      ),
    );
  }, 4000);
};
