// What reaches beyond the right edge of the window and cannot be scrolled to within the page: the elements, in words.
(() => {
    const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const isInside = (element) => {
        // mdBook makes the whole page a scroller, sideways too; a reader should not have to use that.
        for (let at = element.parentElement; at && at.tagName !== "MAIN"; at = at.parentElement) {
            if (scrolls(at) && at.getBoundingClientRect().right <= innerWidth + 1) return true;
        }
        return false;
    };
    return [...document.querySelectorAll("main *, #mdbook-menu-bar *")]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !isInside(element))
        .map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`);
})()
