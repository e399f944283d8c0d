"use strict";
// Draws every figure.chart from the JSON beside it. Colours come from the style sheet; a click opens the texts.
(() => {
  const style = () => getComputedStyle(document.documentElement);
  const colour = (name) => style().getPropertyValue(`--${name}`).trim();
  const language = document.documentElement.lang === "en" ? "en-US" : "id-ID";
  const number = (value) => value.toLocaleString(language);
  const percent = (value) => value === null ? "–" : (value * 100).toLocaleString(language, {maximumFractionDigits: 1, minimumFractionDigits: 1}) + (language === "en-US" ? "%" : " %");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches || navigator.webdriver;
  const SENTIMENTS = ["negative", "neutral", "positive"];

  const text = () => ({color: colour("quiet"), fontFamily: style().fontFamily, fontSize: 12});
  const tooltip = (formatter, trigger) => ({
    trigger, renderMode: "richText", confine: true, formatter,
    backgroundColor: colour("card"), borderColor: colour("line"), textStyle: {color: colour("ink"), fontSize: 13},
    axisPointer: {type: "line", lineStyle: {color: colour("quiet")}},
  });
  const axis = () => ({axisLabel: text(), axisLine: {lineStyle: {color: colour("line")}}, splitLine: {lineStyle: {color: colour("line")}}, axisTick: {show: false}});

  function share(data) {
    const words = data.words;
    const named = data.is_weekly ? words.weekly : words.share;
    const told = (at) => {
      const lines = [data.titles[at]];
      lines.push(data.share[at] === null ? `${named}: ${words.few}` : `${named}: ${percent(data.share[at])} [${percent(data.low[at])} – ${percent(data.high[at])}]`);
      for (const label of SENTIMENTS) lines.push(`${words[label]}: ${number(data[label][at])}`);
      if (data.coverage[at] !== null && data.coverage[at] < 0.995) lines.push(`${words.coverage}: ${percent(data.coverage[at])}`);
      return lines.join("\n");
    };
    const thin = (data.coverage || []).map((value, at) => value !== null && value < 0.9 ? [{xAxis: at}, {xAxis: at}] : null).filter(Boolean);
    const line = (values, more) => ({type: "line", data: values, xAxisIndex: 0, yAxisIndex: 0, symbol: "none", silent: true, step: data.is_weekly && "middle", ...more});
    const between = data.high.map((value, at) => value === null ? null : value - data.low[at]);
    return {
      grid: [{left: 52, right: 12, top: 30, height: "48%"}, {left: 52, right: 12, bottom: 24, height: "26%"}],
      legend: {top: 0, left: "left", itemHeight: 10, textStyle: text(), data: [named, ...SENTIMENTS.map((label) => words[label])]},
      tooltip: tooltip((points) => told(points[0].dataIndex), "axis"),
      axisPointer: {link: [{xAxisIndex: "all"}]},
      xAxis: [0, 1].map((at) => ({type: "category", data: data.labels, gridIndex: at, ...axis(), splitLine: {show: false}, axisLabel: at ? text() : {show: false}})),
      yAxis: [
        {type: "value", gridIndex: 0, min: 0, max: 1, interval: 0.25, ...axis(), axisLabel: {...text(), formatter: (value) => `${Math.round(value * 100)} %`}},
        {type: "value", gridIndex: 1, minInterval: 1, splitNumber: 2, ...axis(), axisLabel: {...text(), formatter: number}},
      ],
      series: [
        line(data.low, {stack: "band", lineStyle: {opacity: 0}, stackStrategy: "all"}),
        line(between, {stack: "band", lineStyle: {opacity: 0}, areaStyle: {color: colour("band")}, stackStrategy: "all"}),
        {...line(data.share, {name: named}), silent: false, symbol: data.is_weekly ? "none" : "circle", symbolSize: 6, showAllSymbol: true, lineStyle: {width: 2, color: colour("negative")}, itemStyle: {color: colour("negative")},
          markArea: {silent: true, itemStyle: {color: colour("line"), opacity: 0.5}, data: thin}},
        ...SENTIMENTS.map((label) => ({name: words[label], type: "bar", stack: "volume", xAxisIndex: 1, yAxisIndex: 1, data: data[label], itemStyle: {color: colour(label)}, barMaxWidth: 28})),
      ],
    };
  }

  function topics(data) {
    return {
      grid: {left: 8, right: 24, top: 30, bottom: 24, containLabel: true},
      legend: {top: 0, left: "left", itemHeight: 10, textStyle: text()},
      tooltip: tooltip((point) => `${point.name}\n${point.seriesName}: ${number(point.value)}`, "item"),
      xAxis: {type: "value", minInterval: 1, ...axis(), axisLabel: {...text(), formatter: number}},
      yAxis: {type: "category", data: data.labels, inverse: true, ...axis(), splitLine: {show: false}, axisLabel: {...text(), fontSize: 13, color: colour("ink")}},
      series: SENTIMENTS.map((label) => ({id: label, name: data.words[label], type: "bar", stack: "all", data: data[label], itemStyle: {color: colour(label)}, barMaxWidth: 22})),
    };
  }

  // other pages add their own kinds: citraCharts.types.name = (data) => option
  const types = {share, topics};
  const drawn = [];

  function link(data, event) {
    if (Array.isArray(data.links)) return data.links[event.dataIndex];
    return data.links && data.links[event.seriesId] && data.links[event.seriesId][event.dataIndex];
  }

  function draw(figure) {
    const data = JSON.parse(figure.querySelector("script.data").textContent);
    const plot = figure.querySelector(".plot");
    if (data.height) plot.style.height = `${data.height}px`;
    const chart = echarts.init(plot, null, {renderer: "canvas"});
    const paint = () => chart.setOption({animation: !still, textStyle: text(), ...types[data.type](data)}, true);
    paint();
    chart.on("click", (event) => {
      const target = link(data, event);
      if (target) location.assign(target);
    });
    drawn.push({chart, paint});
    const save = figure.querySelector("[data-save]");
    save.hidden = false;
    save.addEventListener("click", () => {
      const anchor = document.createElement("a");
      anchor.href = chart.getDataURL({pixelRatio: 2, backgroundColor: colour("card")});
      anchor.download = figure.dataset.png;
      anchor.click();
    });
  }

  const start = (root) => root.querySelectorAll("figure.chart:not([data-drawn])").forEach((figure) => {
    figure.dataset.drawn = "";
    draw(figure);
  });
  globalThis.citraCharts = {types, start, colour, number, percent, text, axis, tooltip};
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:afterSettle", () => start(document));
  addEventListener("resize", () => drawn.forEach(({chart}) => chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(({paint}) => paint()));
  addEventListener("beforeprint", () => drawn.forEach(({chart}) => chart.resize()));
})();
