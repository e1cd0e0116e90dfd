// Texts whose contrast with what is behind them is too low: 4.5 to 1, or 3 to 1 for large ones (WCAG 2.2, 1.4.3).
(() => {
    const numbers = (colour) => {
        const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
        return { r, g, b, a };
    };
    const over = (top, below) => {
        const mix = (channel) => top[channel] * top.a + below[channel] * (1 - top.a);
        return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
    };
    const luminance = ({ r, g, b }) => {
        const linear = [r, g, b].map((it) => it / 255).map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const contrast = (a, b) => {
        const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const ancestors = (element) => (element ? [...ancestors(element.parentElement), element] : []);
    const behind = (element) => ancestors(element)
        .map((it) => numbers(getComputedStyle(it).backgroundColor))
        .reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
    const opacity = (element) => ancestors(element).reduce((all, it) => all * Number(getComputedStyle(it).opacity), 1);
    const low = new Map();
    let seen = 0;
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const text = texts.currentNode.textContent.trim();
        if (!text || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        seen += 1;
        const style = getComputedStyle(element);
        const ground = behind(element);
        const own = numbers(style.color);
        const ratio = contrast(over({ ...own, a: own.a * opacity(element) }, ground), ground);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (isLarge ? 3 : 4.5)) low.set(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`, text.slice(0, 40));
    }
    return { seen, low: [...low].map((it) => it.join(": ")) };
})()
