/**
 * The script of the report page: draws throughput and latency over time from the data in the page,
 * with the faults as lanes and shades behind. Plain browser JavaScript, kept as text.
 */

export const PAGE_SCRIPT: string = `
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var host = document.getElementById('charts');
  var series = data.series;
  if (!host || !series) return;
  var NS = 'http://www.w3.org/2000/svg';
  var width = 1040, left = 92, right = 14, inner = width - left - right;
  var end = Math.max(series.buckets * series.bucketSeconds, 1);
  var faults = data.faults.filter(function (fault) { return fault.skipped === undefined; });
  faults.forEach(function (fault) { end = Math.max(end, fault.to === null ? fault.from : fault.to); });
  function x(seconds) { return left + inner * Math.min(seconds, end) / end; }

  function el(parent, name, attributes, text) {
    var node = document.createElementNS(NS, name);
    for (var key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    parent.appendChild(node);
    return node;
  }
  function niceStep(range, parts) {
    var raw = range / parts, power = Math.pow(10, Math.floor(Math.log10(raw)));
    var factor = raw / power;
    return (factor > 5 ? 10 : factor > 2 ? 5 : factor > 1 ? 2 : 1) * power;
  }
  function rate(values) { return values.map(function (v) { return v / series.bucketSeconds; }); }
  function sum(a, b) { return a.map(function (v, i) { return v + b[i]; }); }

  var kinds = [];
  faults.forEach(function (fault) { if (kinds.indexOf(fault.kind) < 0) kinds.push(fault.kind); });
  var laneHeight = 18, lanesTop = 22;
  var lanesHeight = kinds.length ? kinds.length * laneHeight + 12 : 0;
  var throughputTop = lanesTop + lanesHeight + (kinds.length ? 26 : 0);
  var panel = 170, latencyTop = throughputTop + panel + 46;
  var bottom = latencyTop + panel;
  var height = bottom + 34;
  var svg = el(host, 'svg', { viewBox: '0 0 ' + width + ' ' + height, role: 'img',
    'aria-label': 'Throughput and latency over time with fault intervals' });

  faults.forEach(function (fault) {
    var from = x(fault.from), to = x(fault.to === null ? end : fault.to);
    el(svg, 'rect', { class: 'shade', x: from, y: throughputTop, height: bottom - throughputTop,
      width: Math.max(to - from, 1.5) });
  });
  if (kinds.length) el(svg, 'text', { class: 'title', x: left, y: 13 }, 'Faults');
  kinds.forEach(function (kind, lane) {
    var y = lanesTop + lane * laneHeight;
    el(svg, 'line', { class: 'grid', x1: left, x2: width - right, y1: y + 7.5, y2: y + 7.5 });
    var label = el(svg, 'text', { x: left - 8, y: y + 11.5, 'text-anchor': 'end' }, kind);
    if (kind.length > 15) label.textContent = kind.slice(0, 14) + '\\u2026';
    el(label, 'title', {}, kind);
    faults.forEach(function (fault) {
      if (fault.kind !== kind) return;
      var from = x(fault.from), to = x(fault.to === null ? end : fault.to);
      var bar = el(svg, 'rect', { class: 'lane', x: from, y: y + 2, height: 11, rx: 3,
        width: Math.max(to - from, 3) });
      el(bar, 'title', {}, kind + ' ' + fault.target + ', ' + fault.from.toFixed(1) + ' s to ' +
        (fault.to === null ? 'the end' : fault.to.toFixed(1) + ' s'));
    });
  });

  function line(values, y, color, dashed) {
    var path = '', open = false;
    values.forEach(function (value, i) {
      if (value === null) { open = false; return; }
      path += (open ? 'L' : 'M') + x((i + 0.5) * series.bucketSeconds).toFixed(1) + ' ' + y(value).toFixed(1);
      open = true;
    });
    el(svg, 'path', { d: path, fill: 'none', 'stroke-width': dashed ? 1.5 : 2, 'stroke-linejoin': 'round',
      'stroke-linecap': 'round', 'stroke-dasharray': dashed ? '4 4' : 'none', style: 'stroke:var(--' + color + ')' });
  }

  var sends = rate(series.sends.ok), polls = rate(series.polls.ok);
  var failed = rate(sum(series.sends.fail, series.polls.fail));
  var unknown = rate(sum(series.sends.info, series.polls.info));
  var top = Math.max.apply(null, [1].concat(sends, polls, failed, unknown));
  var step = niceStep(top, 4);
  top = Math.ceil(top / step) * step;
  function yRate(v) { return throughputTop + panel * (1 - v / top); }
  el(svg, 'text', { class: 'title', x: left, y: throughputTop - 10 }, 'Operations per second');
  for (var v = 0; v <= top + step / 2; v += step) {
    el(svg, 'line', { class: 'grid', x1: left, x2: width - right, y1: yRate(v), y2: yRate(v) });
    el(svg, 'text', { x: left - 8, y: yRate(v) + 4, 'text-anchor': 'end' }, String(Math.round(v * 100) / 100));
  }
  line(failed, yRate, 'fail', false);
  line(unknown, yRate, 'info', false);
  line(polls, yRate, 'poll', false);
  line(sends, yRate, 'send', false);

  var latencies = [].concat(series.sends.p50, series.sends.p99, series.polls.p50, series.polls.p99)
    .filter(function (value) { return value !== null && value > 0; });
  var low = latencies.length ? Math.min.apply(null, latencies) : 1;
  var high = latencies.length ? Math.max.apply(null, latencies) : 10;
  var from10 = Math.floor(Math.log10(low)), to10 = Math.max(Math.ceil(Math.log10(high)), from10 + 1);
  function yLog(ms) {
    var share = (Math.log10(Math.max(ms, Math.pow(10, from10))) - from10) / (to10 - from10);
    return latencyTop + panel * (1 - share);
  }
  el(svg, 'text', { class: 'title', x: left, y: latencyTop - 10 }, 'Latency of ok operations');
  for (var e = from10; e <= to10; e += 1) {
    var ms = Math.pow(10, e);
    el(svg, 'line', { class: 'grid', x1: left, x2: width - right, y1: yLog(ms), y2: yLog(ms) });
    el(svg, 'text', { x: left - 8, y: yLog(ms) + 4, 'text-anchor': 'end' },
      e >= 3 ? ms / 1000 + ' s' : e >= 0 ? ms + ' ms' : Math.round(ms * 1000) + ' \\u00b5s');
  }
  line(series.polls.p99, yLog, 'poll', true);
  line(series.sends.p99, yLog, 'send', true);
  line(series.polls.p50, yLog, 'poll', false);
  line(series.sends.p50, yLog, 'send', false);

  var timeStep = niceStep(end, 10);
  for (var t = 0; t <= end + 1e-9; t += timeStep) {
    el(svg, 'text', { x: x(t), y: bottom + 20, 'text-anchor': 'middle' }, Math.round(t * 100) / 100 + ' s');
  }

  var cursor = el(svg, 'line', { class: 'cursor', y1: lanesTop, y2: bottom, x1: -9, x2: -9 });
  var tip = document.getElementById('tip');
  function number(value) { return value === null ? '\\u2013' : value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2); }
  function row(text) { var p = document.createElement('div'); p.textContent = text; tip.appendChild(p); }
  svg.addEventListener('mousemove', function (event) {
    var box = svg.getBoundingClientRect();
    var seconds = ((event.clientX - box.left) / box.width * width - left) / inner * end;
    var bucket = Math.floor(seconds / series.bucketSeconds);
    if (seconds < 0 || bucket >= series.buckets) { tip.style.display = 'none'; return; }
    cursor.setAttribute('x1', x(seconds)); cursor.setAttribute('x2', x(seconds));
    tip.textContent = '';
    row(seconds.toFixed(1) + ' s');
    row('sends ' + number(sends[bucket]) + '/s, polls ' + number(polls[bucket]) + '/s');
    row('failed ' + number(failed[bucket]) + '/s, unknown ' + number(unknown[bucket]) + '/s');
    row('send p50 ' + number(series.sends.p50[bucket]) + ' ms, p99 ' + number(series.sends.p99[bucket]) + ' ms');
    row('poll p50 ' + number(series.polls.p50[bucket]) + ' ms, p99 ' + number(series.polls.p99[bucket]) + ' ms');
    faults.forEach(function (fault) {
      if (seconds >= fault.from && seconds <= (fault.to === null ? end : fault.to)) row('\\u26a1 ' + fault.kind + ' ' + fault.target);
    });
    tip.style.display = 'block';
    tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + 'px';
    tip.style.top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8) + 'px';
  });
  svg.addEventListener('mouseleave', function () {
    tip.style.display = 'none';
    cursor.setAttribute('x1', -9); cursor.setAttribute('x2', -9);
  });
})();
`;
