"use strict";
// Charts of comparison and effect, and saving drawings that are part of the page.
(() => {
  const {types, colour, number, percent, text, axis, tooltip} = citraCharts;
  const SIDES = {above: "negative", below: "positive", unclear: "neutral"};
  const shares = (value) => `${Math.round(value * 100)} %`;

  types.standings = (data) => {
    const words = data.words, narrow = innerWidth < 700;
    const longest = narrow ? 118 : 230;
    const told = (at) => [data.labels[at], `${words.estimate}: ${percent(data.value[at])} [${percent(data.low[at])} – ${percent(data.high[at])}]`,
      `${words.own}: ${data.own[at] === null ? words.few : percent(data.own[at])}`, data.ranks[at], `${words.voice}: ${percent(data.voice[at])}`].join("\n");
    const category = (grid, shown) => ({type: "category", gridIndex: grid, data: data.labels, inverse: true, ...axis(), splitLine: {show: false},
      axisLabel: shown ? {...text(), color: colour("ink"), width: longest, overflow: "truncate", interval: 0} : {show: false}});
    const right = narrow ? 16 : "23%";
    const bar = (params, api) => {
      const low = api.coord([api.value(1), api.value(0)]), high = api.coord([api.value(2), api.value(0)]);
      return {type: "line", shape: {x1: low[0], y1: low[1], x2: high[0], y2: high[1]}, style: {stroke: colour(SIDES[data.side[params.dataIndex]]), lineWidth: 3}};
    };
    const grids = [{left: longest + 12, right, top: 34, bottom: 28}], series = [
      {name: "interval", type: "custom", renderItem: bar, data: data.low.map((low, at) => [at, low, data.high[at]]), encode: {x: [1, 2], y: 0}, tooltip: {show: true}},
      {name: words.own, type: "scatter", symbol: "rect", symbolSize: [3, 14], data: data.own, itemStyle: {color: colour("quiet")}},
      {name: words.estimate, type: "scatter", symbolSize: 10, data: data.value.map((value, at) => ({value, itemStyle: {color: colour(SIDES[data.side[at]])}})), itemStyle: {color: colour("neutral")},
        markLine: {silent: true, symbol: "none", lineStyle: {color: colour("quiet"), type: "dotted"}, label: {formatter: words.mean, color: colour("quiet"), fontSize: 11, position: "start"}, data: data.mean === null ? [] : [{xAxis: data.mean}]}},
    ];
    const xAxis = [{type: "value", min: 0, max: 1, gridIndex: 0, ...axis(), axisLabel: {...text(), formatter: shares}}], yAxis = [category(0, true)];
    if (!narrow) {
      grids.push({left: "81%", right: 34, top: 34, bottom: 28});
      xAxis.push({type: "value", gridIndex: 1, min: 0, splitNumber: 2, ...axis(), axisLabel: {...text(), formatter: shares}});
      yAxis.push(category(1, false));
      series.push({name: words.voice, type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: data.voice, itemStyle: {color: colour("accent")}, barMaxWidth: 14});
    }
    return {
      grid: grids, xAxis, yAxis, series,
      legend: {top: 0, left: "left", itemHeight: 10, textStyle: text(), data: [words.estimate, words.own, ...(narrow ? [] : [words.voice])]},
      tooltip: tooltip((point) => told(point.dataIndex), "item"),
    };
  };

  types.effect = (data) => {
    const words = data.words, shown = data.measure === "share" ? percent : (value) => value === null ? "–" : number(Math.round(value * 10) / 10);
    const told = (at) => [data.titles[at], `${words.observed}: ${data.observed[at] === null ? words.none : shown(data.observed[at])}`,
      ...(data.course[at] === null ? [] : [`${words.course}: ${shown(data.course[at])} [${shown(data.low[at])} – ${shown(data.high[at])}]`])].join("\n");
    const line = (values, more) => ({type: "line", data: values, symbol: "none", silent: true, ...more});
    const between = data.high.map((value, at) => value === null ? null : value - data.low[at]);
    return {
      grid: {left: 52, right: 16, top: innerWidth < 700 ? 66 : 34, bottom: 28},
      legend: {top: 0, left: "left", itemHeight: 10, textStyle: text(), data: [words.observed, words.mean, words.course]},
      tooltip: tooltip((points) => told(points[0].dataIndex), "axis"),
      xAxis: {type: "category", data: data.labels, ...axis(), splitLine: {show: false}},
      yAxis: {type: "value", ...(data.measure === "share" ? {min: 0, max: 1, interval: 0.25} : {min: 0}), ...axis(), axisLabel: {...text(), formatter: data.measure === "share" ? shares : number}},
      series: [
        line(data.low, {stack: "band", lineStyle: {opacity: 0}, stackStrategy: "all"}),
        line(between, {stack: "band", lineStyle: {opacity: 0}, areaStyle: {color: colour("positive"), opacity: 0.18}, stackStrategy: "all"}),
        {name: words.observed, type: "scatter", symbolSize: 6, data: data.observed, itemStyle: {color: colour("neutral")}},
        line(data.smooth, {name: words.mean, connectNulls: true, lineStyle: {width: 2, color: colour("negative")}, itemStyle: {color: colour("negative")},
          markLine: {silent: true, symbol: "none", label: {formatter: words.at, color: colour("quiet")}, lineStyle: {color: colour("ink"), type: "solid"}, data: [{xAxis: data.at}]},
          markArea: {silent: true, itemStyle: {color: colour("line"), opacity: 0.35}, data: [[{xAxis: data.at}, {xAxis: data.until}]]}}),
        line(data.course, {name: words.course, lineStyle: {width: 2, type: "dashed", color: colour("positive")}, itemStyle: {color: colour("positive")}}),
      ],
    };
  };

  // bars of counts; those of `hot` stand out
  types.counts = (data) => ({
    grid: {left: 44, right: 12, top: 16, bottom: 26},
    tooltip: tooltip((points) => [data.titles[points[0].dataIndex], `${data.words.count}: ${number(data.count[points[0].dataIndex])}`, ...(data.hot[points[0].dataIndex] ? [data.words.hot] : [])].join("\n"), "axis"),
    xAxis: {type: "category", data: data.labels, ...axis(), splitLine: {show: false}},
    yAxis: {type: "value", minInterval: 1, splitNumber: 3, ...axis(), axisLabel: {...text(), formatter: number}},
    series: [{type: "bar", barMaxWidth: 26, data: data.count.map((value, at) => ({value, itemStyle: {color: colour(data.hot[at] ? "negative" : "neutral")}})),
      markLine: data.usual === null ? undefined : {silent: true, symbol: "none", label: {formatter: data.words.usual, position: "insideEndTop", color: colour("quiet")}, lineStyle: {color: colour("quiet"), type: "dashed"}, data: [{yAxis: data.usual}]}}],
  });

  // how a story went on: texts and sources, cumulative
  types.spread = (data) => ({
    grid: {left: 44, right: 16, top: 34, bottom: 28},
    legend: {top: 0, left: "left", itemHeight: 10, textStyle: text()},
    tooltip: tooltip((points) => [data.titles[points[0].dataIndex], ...points.map((one) => `${one.seriesName}: ${number(one.value[1])}`)].join("\n"), "axis"),
    xAxis: {type: "time", ...axis(), splitLine: {show: false}, axisLabel: {...text(), hideOverlap: true}},
    yAxis: {type: "value", minInterval: 1, min: 0, ...axis(), axisLabel: {...text(), formatter: number}},
    series: ["texts", "sources"].map((name, at) => ({name: data.words[name], type: "line", step: "end", symbolSize: 7, data: data.times.map((time, n) => [time, data[name][n]]),
      lineStyle: {width: 2, type: at ? "dashed" : "solid", color: colour(at ? "positive" : "negative")}, itemStyle: {color: colour(at ? "positive" : "negative")}})),
  });

  // balances with intervals around zero
  types.balances = (data) => {
    const told = (at) => [data.labels[at], data.value[at] === null ? data.words.few : data.titles[at]].join("\n");
    const bar = (params, api) => {
      const low = api.coord([api.value(1), api.value(0)]), high = api.coord([api.value(2), api.value(0)]);
      return {type: "line", shape: {x1: low[0], y1: low[1], x2: high[0], y2: high[1]}, style: {stroke: colour("neutral"), lineWidth: 3}};
    };
    return {
      grid: {left: 8, right: 24, top: 10, bottom: 26, containLabel: true},
      tooltip: tooltip((point) => told(point.dataIndex), "item"),
      xAxis: {type: "value", min: -1, max: 1, interval: 0.5, ...axis(), axisLabel: {...text(), formatter: (value) => number(Math.round(value * 100))}},
      yAxis: {type: "category", data: data.labels, inverse: true, ...axis(), axisLine: {show: false}, splitLine: {show: false}, axisLabel: {...text(), color: colour("ink"), fontSize: 13}},
      series: [
        {type: "custom", renderItem: bar, data: data.low.map((low, at) => low === null ? [at, NaN, NaN] : [at, low, data.high[at]]), encode: {x: [1, 2], y: 0}},
        {type: "scatter", symbolSize: 11, data: data.value.map((value) => ({value, itemStyle: {color: colour(value < 0 ? "negative" : "positive")}})),
          markLine: {silent: true, symbol: "none", label: {show: false}, lineStyle: {color: colour("quiet"), type: "solid"}, data: [{xAxis: 0}]}},
      ],
    };
  };

  // a drawing that is part of the page, as a picture: its styles are written into a copy of it
  const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "font-family", "text-anchor", "opacity"];
  function save(figure) {
    const drawing = figure.querySelector("svg"), copy = drawing.cloneNode(true), copies = copy.querySelectorAll("rect, text");
    drawing.querySelectorAll("rect, text").forEach((element, at) => {
      const style = getComputedStyle(element);
      for (const name of KEPT) copies[at].setAttribute(name, style.getPropertyValue(name));
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const size = drawing.viewBox.baseVal, picture = new Image();
    picture.addEventListener("load", () => {
      const canvas = document.createElement("canvas"), scale = 2;
      canvas.width = size.width * scale;
      canvas.height = size.height * scale;
      const pen = canvas.getContext("2d");
      pen.fillStyle = colour("card");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const anchor = document.createElement("a");
      anchor.href = canvas.toDataURL("image/png");
      anchor.download = figure.dataset.png;
      anchor.click();
    });
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  }
  document.querySelectorAll("[data-save-drawing]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => save(document.getElementById(button.dataset.saveDrawing)));
  });
})();
