'use strict';
document.documentElement.dataset.errors = '0';
window.addEventListener('error', event => {
  document.documentElement.dataset.errors = String(Number(document.documentElement.dataset.errors) + 1);
  document.documentElement.dataset.error = event.message;
});

const SVG = 'http://www.w3.org/2000/svg';
const root = JSON.parse(document.getElementById('plan').textContent);
const byId = id => document.getElementById(id);
let plan = root;
let open = new Set();
let chosen = null;

/* What is made of data is text, never markup. */
function make(parent, tag, attributes = {}, text) {
  const element = parent.namespaceURI === SVG || tag === 'svg'
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent.appendChild(element);
  return element;
}
function clear(element) { element.replaceChildren(); return element; }

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = count, unit = 0;
  while (amount >= 1024 && unit < units.length - 1) { amount /= 1024; unit++; }
  return unit === 0 ? `${count} B` : `${amount.toPrecision(3)} ${units[unit]}`;
}
function time(seconds) {
  const size = Math.abs(seconds);
  if (size >= 1) return `${seconds.toFixed(2)} s`;
  if (size >= 1e-3) return `${(seconds * 1e3).toFixed(2)} ms`;
  return `${(seconds * 1e6).toFixed(size >= 1e-5 ? 1 : 2)} µs`;
}
const signed = seconds => (seconds < 0 ? '−' : '+') + time(Math.abs(seconds));
const exact = count => count.toLocaleString('en-US');
function colour(device) {
  const index = root.devices.findIndex(it => it.id === device);
  return index < 0 ? 'host' : `d${index % 8}`;
}
const isTransfer = task => ['upload', 'bridge', 'download'].includes(task.kind);
const operationName = it => (it.scope ? it.scope + '/' : '') + it.kind + (it.label ? ' ' + it.label : '');
const cut = (text, most) => text.length > most ? '…' + text.slice(text.length - most + 1) : text;

const REASONS = {
  fed: 'fed by the caller',
  everywhere: 'on each device that reads it',
  only_device: 'the only device',
  pinned: 'pinned',
  settled: 'lives there since an earlier plan',
  only_able: 'the only device that can run it',
  cheapest: 'cheapest',
  constrained: 'another device would cost less, but something else forbids it',
};
function why(operation) {
  const words = REASONS[operation.why.reason] ?? operation.why.reason;
  return words + (operation.why.by ? ` by "${operation.why.by}"` : '')
    + (operation.why.partOf ? `, as part of ${operation.why.partOf}` : '');
}
function other(it) {
  if (it.execution === undefined) return `${it.device}: ${it.refusal ?? 'cannot'}`;
  const transfer = it.transfer ?? 0;
  return `${it.device}: ${signed(it.execution + transfer)} (execution ${signed(it.execution)}, transfers ${signed(transfer)})`;
}

/* Drag moves, the wheel scales around the pointer; charts scale along x alone. */
function zoomable(svg, group, alongX) {
  const view = {x: 0, y: 0, k: 1};
  const apply = () => {
    group.setAttribute('transform', alongX
      ? `translate(${view.x} 0) scale(${view.k} 1)` : `translate(${view.x} ${view.y}) scale(${view.k})`);
    if (!alongX) svg.classList.toggle('far', view.k < 0.33);
  };
  svg.onwheel = event => {
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const k = Math.min(alongX ? 500 : 4, Math.max(alongX ? 1 : 0.02, view.k * Math.exp(-event.deltaY * 0.0015)));
    view.x = x - (x - view.x) * k / view.k;
    view.y = y - (y - view.y) * k / view.k;
    view.k = k;
    if (alongX) view.x = Math.min(0, Math.max(view.x, box.width * (1 - k)));
    apply();
  };
  let last = null;
  svg.onpointerdown = event => { last = [event.clientX, event.clientY]; };
  svg.onpointermove = event => {
    if (!last || !(event.buttons & 1)) return;
    view.x += event.clientX - last[0];
    view.y += event.clientY - last[1];
    last = [event.clientX, event.clientY];
    if (alongX) view.x = Math.min(0, Math.max(view.x, svg.getBoundingClientRect().width * (1 - view.k)));
    apply();
  };
  svg.onpointerup = () => { last = null; };
  return {view, apply};
}

/* The graph: a node for each task and each variable that is read. */
let drawing = null;
function graphOf(plan) {
  const writer = new Map(), nodes = [], edges = [], variable = new Map();
  plan.tasks.forEach(task => task.writes.forEach(value => writer.set(value, task.index)));
  const add = node => { nodes.push(node); return nodes.length - 1; };
  plan.tasks.forEach(task => task.reads.forEach(id => {
    const value = plan.values[id];
    if (value.kind === 'variable' && !variable.has(id)) {
      variable.set(id, add({value, source: true, w: 0, h: 0}));
    }
  }));
  const at = plan.tasks.map(task => add({task, source: task.kind === 'upload', w: 0, h: 0}));
  plan.tasks.forEach(task => task.reads.forEach(id => {
    const from = variable.get(id) ?? (writer.has(id) ? at[writer.get(id)] : undefined);
    if (from !== undefined && from !== at[task.index]) {
      const bridge = isTransfer(task) || (nodes[from].task !== undefined && isTransfer(nodes[from].task));
      edges.push({from, to: at[task.index], bridge});
    }
  }));
  return {nodes, edges, at};
}

const LETTER = 6.7;
function lines(node) {
  if (node.value) {
    const operation = plan.operations[node.value.operation];
    return {title: cut(operation.label || node.value.label, 34), rows: [`${operation.type} · ${bytes(node.value.bytes)}`]};
  }
  const task = node.task;
  if (task.kind === 'upload') return {title: `↑ ${cut(task.name, 26)} ${bytes(task.bytes)}`, rows: []};
  if (task.kind === 'bridge') return {title: `↑ ${bytes(task.bytes)} to ${task.device}`, rows: []};
  if (task.kind === 'download') return {title: `↓ ${bytes(task.bytes)} from ${task.device}`, rows: []};
  const rows = [];
  if (open.has(task.index)) {
    task.operations.forEach(id => {
      const operation = plan.operations[id];
      rows.push(`${operation.kind}${operation.label ? ' ' + operation.label : ''} ${operation.type}`);
    });
  } else if (task.operations.length > 1) {
    rows.push(`${task.operations.length} operations`);
  }
  if (task.inside.length) rows.push(task.inside.map(it => it.when).join(', '));
  if (task.updates.length) rows.push('updates ' + cut(task.updates.join(', '), 30));
  return {title: (task.kind === 'copy' ? 'copy ' : '') + cut(task.name, 36), rows};
}

function drawGraph() {
  const svg = clear(byId('graph'));
  const group = make(svg, 'g');
  const graph = graphOf(plan);
  graph.nodes.forEach(node => {
    node.lines = lines(node);
    const bold = node.task && isTransfer(node.task) ? 1.12 : 1;
    const letters = Math.max(node.lines.title.length * bold, ...node.lines.rows.map(row => row.length * 0.88));
    node.w = Math.max(60, Math.min(300, letters * LETTER + 18));
    node.h = 22 + node.lines.rows.length * 14 + (node.lines.rows.length ? 3 : 0);
  });
  const box = svg.getBoundingClientRect();
  const size = layOut(graph.nodes, graph.edges, Math.max(1, box.width / Math.max(1, box.height)));
  const under = make(group, 'g');
  graph.edges.forEach(edge => {
    edge.element = make(under, 'path', {
      class: 'edge' + (edge.bridge ? ' bridge' : '') + (edge.long ? ' long' : ''), d: curve(edge.points),
    });
  });
  graph.nodes.forEach((node, index) => {
    const kind = node.value ? 'variable' : isTransfer(node.task) ? 'transfer' : node.task.kind;
    const device = node.value ? node.value.device : node.task.device;
    const g = make(group, 'g', {class: `node ${kind} ${colour(device)}`, transform: `translate(${node.x} ${node.y})`});
    if (node.task) {
      g.dataset.task = node.task.index;
      g.dataset.bytes = node.task.bytes;
    }
    make(g, 'title', {}, node.value ? node.value.label : node.task.text);
    make(g, 'rect', {width: node.w, height: node.h, rx: kind === 'transfer' ? 11 : 5});
    make(g, 'text', {x: 9, y: 15}, node.lines.title);
    node.lines.rows.forEach((row, k) => make(g, 'text', {x: 9, y: 29 + k * 14, class: 'soft'}, row));
    g.onclick = () => choose({node: index});
    g.ondblclick = () => { if (node.task) { toggle(node.task.index); } };
    node.element = g;
  });
  const zoom = zoomable(svg, group, false);
  drawing = {graph, size, zoom, svg};
}
function toggle(index) {
  if (open.has(index)) open.delete(index); else open.add(index);
  drawGraph();
  choose({task: index}, true);
}
function fit(scale) {
  const box = drawing.svg.getBoundingClientRect(), {size, zoom} = drawing;
  const whole = Math.min((box.width - 30) / Math.max(1, size.width), (box.height - 30) / Math.max(1, size.height), 1.2);
  zoom.view.k = scale ?? whole;
  zoom.view.x = Math.max(15, (box.width - size.width * zoom.view.k) / 2);
  zoom.view.y = Math.max(15, (box.height - size.height * zoom.view.k) / 2);
  zoom.apply();
}
function centre(node) {
  const box = drawing.svg.getBoundingClientRect(), view = drawing.zoom.view;
  view.k = Math.max(view.k, 0.8);
  view.x = box.width / 2 - (node.x + node.w / 2) * view.k;
  view.y = box.height / 2 - (node.y + node.h / 2) * view.k;
  drawing.zoom.apply();
}

/* Marks a node of the graph, by its index or its task, and says all there is to it. */
function choose(what, move) {
  document.querySelectorAll('.chosen').forEach(it => it.classList.remove('chosen'));
  const {nodes, edges, at} = drawing.graph;
  const index = what.node ?? at[what.task];
  const node = nodes[index];
  chosen = index;
  node.element.classList.add('chosen');
  edges.filter(e => e.from === index || e.to === index).forEach(e => {
    e.element.classList.add('chosen');
    e.element.parentNode.appendChild(e.element);
  });
  if (node.task) {
    document.querySelectorAll(`.bar[data-task="${node.task.index}"]`).forEach(it => it.classList.add('chosen'));
  }
  if (move) centre(node);
  details(node);
}
function details(node) {
  const panel = clear(byId('details'));
  if (!node) {
    make(panel, 'h3', {}, plan.graph);
    make(panel, 'p', {}, plan.placement.claim);
    make(panel, 'p', {}, `All operations and transfers one after the other take ${time(plan.placement.seconds)}; `
      + `no placement takes less than ${time(plan.placement.lowerBound)}.`);
    make(panel, 'p', {class: 'why'}, 'Click a box for what is in it and why it is where it is. A double click shows or hides the operations of a region.');
    return;
  }
  if (node.value) {
    make(panel, 'h3', {}, node.value.label);
    make(panel, 'p', {}, `variable on ${node.value.device}, ${exact(node.value.bytes)} bytes`);
    operationItem(make(panel, 'ul'), plan.operations[node.value.operation]);
    return;
  }
  const task = node.task;
  make(panel, 'h3', {}, `${task.index} ${task.name}`);
  make(panel, 'p', {}, `${task.text}, on ${task.device}`);
  make(panel, 'p', {}, `predicted from ${time(task.start)} to ${time(task.end)}`);
  const real = plan.measured?.tasks.find(it => it.index === task.index);
  if (real) make(panel, 'p', {}, `measured from ${time(real.start)} to ${time(real.end)}`);
  if (task.bytes) make(panel, 'p', {}, `${exact(task.bytes)} bytes`);
  if (task.updates.length) make(panel, 'p', {}, `writes the memory of ${task.updates.join(', ')}`);
  task.inside.forEach(inner => {
    const button = make(panel, 'button', {}, inner.when);
    button.onclick = () => { show(inner.plan); };
  });
  const block = (title, ids) => {
    if (!ids.length) return;
    make(panel, 'b', {}, title);
    const list = make(panel, 'ul');
    ids.forEach(id => {
      const value = plan.values[id];
      make(list, 'li', {}, `${value.label} on ${value.device}, ${bytes(value.bytes)}`);
    });
  };
  if (task.operations.length) {
    make(panel, 'b', {}, 'operations');
    const list = make(panel, 'ul');
    task.operations.forEach(id => operationItem(list, plan.operations[id]));
  }
  block('reads', task.reads);
  block('makes', task.writes);
}
function operationItem(list, operation) {
  const item = make(list, 'li', {}, `${operation.id} ${operationName(operation)} ${operation.type}`);
  make(item, 'span', {class: 'why'}, why(operation));
  operation.why.others.forEach(it => make(item, 'span', {class: 'why'}, other(it)));
  if (operation.where) make(item, 'span', {class: 'why'}, operation.where);
}

/* The lanes of each device over time. */
function drawTimeline() {
  const place = clear(byId('timeline'));
  const measured = plan.measured ? plan.measured.tasks : [];
  const lanes = new Map();
  const add = (name, task, from, to, real) => {
    if (!lanes.has(name)) lanes.set(name, []);
    lanes.get(name).push({task, from, to, real});
  };
  plan.tasks.forEach(task => {
    add(`${task.device} ${task.lane}`, task, task.start, task.end, false);
  });
  measured.forEach(it => {
    const task = plan.tasks[it.index];
    add(`${task.device} ${task.lane}, measured`, task, it.start, it.end, true);
  });
  const names = [...lanes.keys()].sort();
  const end = Math.max(...[...lanes.values()].flat().map(it => it.to), 1e-12);
  byId('timeline-note').textContent =
    `predicted${measured.length ? ' and measured' : ''}, from 0 to ${time(end)}; the wheel stretches`;
  chart(place, names, end, names.length * 22, (group, scale) => {
    names.forEach((name, row) => {
      make(group, 'line', {class: 'lane', x1: 0, x2: scale(end), y1: row * 22 + 21.5, y2: row * 22 + 21.5});
      lanes.get(name).forEach(it => {
        const bar = make(group, 'rect', {
          class: `bar ${isTransfer(it.task) ? 'transfer' : colour(it.task.device)}${it.real ? ' real' : ''}`,
          x: scale(it.from), width: Math.max(0.6, scale(it.to) - scale(it.from)), y: row * 22 + 4, height: 14,
        });
        bar.dataset.task = it.task.index;
        make(bar, 'title', {}, `${it.task.index} ${it.task.text}, ${time(it.to - it.from)} from ${time(it.from)}`);
        bar.onclick = () => choose({task: it.task.index}, true);
      });
    });
  });
}
function chart(place, names, end, height, draw) {
  const frame = make(place, 'div', {class: 'chart'});
  const list = make(frame, 'div', {class: 'names'});
  names.forEach(name => make(list, 'div', {title: name}, name));
  const svg = make(frame, 'svg', {height: height + 2});
  const width = svg.getBoundingClientRect().width || 900;
  const group = make(svg, 'g');
  draw(group, x => x / end * (width - 2));
  zoomable(svg, group, true);
  return frame;
}

/* Arenas: tasks from left to right, addresses upwards. */
function drawMemory() {
  const place = clear(byId('memory'));
  const HEIGHT = 170;
  plan.devices.forEach(device => {
    const top = Math.max(device.arenaBytes, 1, ...device.residences.map(it => it.offset + it.bytes));
    const count = Math.max(1, plan.tasks.length);
    const frame = chart(place, [], count, HEIGHT, (group, scale) => {
      const y = at => HEIGHT - at / top * (HEIGHT - 6);
      const live = new Array(count).fill(0);
      device.residences.forEach((it, k) => {
        for (let task = it.from; task <= it.to; task++) live[task] += it.bytes;
        if (!it.bytes) return;
        const rect = make(group, 'rect', {
          class: `residence ${colour(device.id)}${device.residences.length > 250 ? ' thin' : ''}`, style: `--shade: ${22 + (k * 37) % 46}%`,
          x: scale(it.from), width: scale(it.to + 1) - scale(it.from), y: y(it.offset + it.bytes),
          height: Math.max(0.4, y(it.offset) - y(it.offset + it.bytes)),
        });
        make(rect, 'title', {}, `${it.label}: ${exact(it.bytes)} bytes at ${exact(it.offset)}, tasks ${it.from} to ${it.to}`);
        rect.onclick = () => {
          document.querySelectorAll('.residence.chosen').forEach(one => one.classList.remove('chosen'));
          choose({task: it.from}, true);
          rect.classList.add('chosen');
        };
      });
      if (device.residences.length) {
        let path = '';
        live.forEach((sum, task) => { path += `${task ? 'L' : 'M'}${scale(task)} ${y(sum)}H${scale(task + 1)}`; });
        make(group, 'path', {class: 'live', d: path});
      }
    });
    const names = frame.querySelector('.names');
    make(names, 'b', {}, device.id);
    const ratio = device.liveBytes ? [`ratio ${(device.arenaBytes / device.liveBytes).toFixed(3)}`] : [];
    [`values ${bytes(device.arenaBytes)}`, `live at once ${bytes(device.liveBytes)}`, ...ratio,
      `inputs ${bytes(device.inputBytes)}`, `variables ${bytes(device.stateBytes)}`,
      `constants ${bytes(device.constantBytes)}`,
      `all ${bytes(device.stateBytes + device.constantBytes + device.inputBytes + device.arenaBytes)} of ${bytes(device.limitBytes)}`,
    ].forEach(text => make(names, 'div', {title: text}, text));
  });
}

function row(table, cells, numbers, tag = 'td') {
  const tr = make(table, 'tr');
  cells.forEach((cell, k) => make(tr, tag, numbers.includes(k) ? {class: 'number'} : {}, cell));
  return tr;
}
function drawReturns() {
  byId('returns-section').hidden = !plan.returns.length;
  byId('returns-note').textContent =
    `Values that leave memory and come back. Without them a run would be expected to take ${(plan.freeSeconds * 1e3).toFixed(3)} ms.`;
  const table = clear(byId('returns'));
  const numbers = [3, 4, 5];
  row(make(table, 'thead'), ['value', 'device', 'how', 'bytes', 'microseconds', 'task'], numbers, 'th');
  const body = make(table, 'tbody');
  plan.returns.forEach(it => {
    const cells = [it.value, it.device, it.way.toLowerCase().replaceAll('_', ' '), exact(it.bytes), (it.seconds * 1e6).toFixed(3), it.task];
    row(body, cells, numbers).onclick = () => choose({task: it.task}, true);
  });
}

function drawTraffic() {
  const table = clear(byId('traffic'));
  const numbers = [3, 4];
  row(make(table, 'thead'), ['from', 'to', 'purpose', 'transfers', 'bytes'], numbers, 'th');
  const body = make(table, 'tbody');
  plan.traffic.forEach(it => row(body, [it.from, it.to, it.purpose, exact(it.transfers), exact(it.bytes)], numbers));
  for (const [name, it] of [['all up', plan.up], ['all down', plan.down]]) {
    row(body, [name, '', `with these devices for the operations at least ${exact(it.leastHere)}, with any at least ${exact(it.least)}`,
      '', exact(it.planned)], numbers);
  }
}

const some = tasks => tasks.length > 6 ? `${tasks.slice(0, 5).join(', ')} and ${tasks.length - 5} more` : tasks.join(', ');
const PAGE = 250;
function drawOperations(shown = PAGE) {
  const table = clear(byId('operations'));
  row(make(table, 'thead'), ['', 'operation', 'type', 'device', 'why', 'elsewhere', 'tasks'], [0], 'th');
  const body = make(table, 'tbody');
  const words = byId('search').value.toLowerCase().split(/\s+/).filter(word => word);
  const rows = plan.operations.filter(it => {
    const text = [it.id, operationName(it), it.type, it.device ?? '', why(it), ...it.why.others.map(other), it.where].join(' ').toLowerCase();
    return words.every(word => text.includes(word));
  });
  byId('found').textContent = `${exact(rows.length)} of ${exact(plan.operations.length)}`;
  rows.slice(0, shown).forEach(it => {
    const tr = row(body, [it.id, operationName(it), it.type, '', why(it), it.why.others.map(other).join('; '), some(it.tasks)], [0]);
    const cell = tr.children[3];
    if (it.device) {
      make(cell, 'span', {class: `dot ${colour(it.device)}`});
      cell.append(it.device);
    }
    tr.onclick = () => {
      if (!it.tasks.length) return;
      open.add(it.tasks[0]);
      drawGraph();
      choose({task: it.tasks[0]}, true);
      byId('graph-section').scrollIntoView({behavior: 'smooth'});
    };
  });
  if (rows.length > shown) {
    const more = make(body, 'tr', {class: 'more'});
    make(more, 'td', {colspan: 7}, `show ${exact(Math.min(rows.length - shown, 4 * PAGE))} more of ${exact(rows.length - shown)}`);
    more.onclick = () => drawOperations(shown + 4 * PAGE);
  }
}

function plans(plan, name, found) {
  found.push({plan, name});
  plan.tasks.forEach(task => task.inside.forEach(inner => plans(inner.plan, `${name} › ${task.index} ${inner.when}`, found)));
  return found;
}
const all = plans(root, root.graph, []);

function show(next) {
  plan = next;
  open = new Set();
  byId('inner').value = String(all.findIndex(it => it.plan === next));
  byId('title').textContent = `Plan of ${plan.graph}`;
  const facts = clear(byId('facts'));
  const fact = (name, value) => { facts.append(name + ' '); make(facts, 'b', {}, value); facts.append('  '); };
  fact('predicted', time(plan.seconds));
  if (plan.measured) fact('measured', time(plan.measured.seconds));
  fact('operations', exact(plan.operations.length));
  fact('tasks', exact(plan.tasks.length));
  fact('up', bytes(plan.up.planned));
  fact('down', bytes(plan.down.planned));
  drawGraph();
  fit();
  if (drawing.zoom.view.k < 0.33) { fit(); }
  details();
  drawTimeline();
  drawMemory();
  drawReturns();
  drawTraffic();
  drawOperations();
}

function theme(dark) { document.documentElement.dataset.theme = dark ? 'dark' : 'light'; }
theme(location.hash === '#dark'
  || (location.hash !== '#light' && matchMedia('(prefers-color-scheme: dark)').matches));
byId('theme').onclick = () => theme(document.documentElement.dataset.theme !== 'dark');
document.title = `Plan of ${root.graph}`;
const legend = byId('legend');
[...root.devices.map(it => [it.id, it.model]), ['host', '']].forEach(([id, model]) => {
  const item = make(legend, 'span', {class: colour(id)});
  make(item, 'i');
  item.append(model ? `${id} (${model})` : id);
});
all.forEach((it, k) => make(byId('inner'), 'option', {value: k}, it.name));
byId('inner-label').hidden = all.length === 1;
byId('inner').onchange = () => show(all[Number(byId('inner').value)].plan);
byId('fit').onclick = () => fit();
byId('near').onclick = () => fit(1);
byId('expand').onclick = () => { plan.tasks.forEach(task => open.add(task.index)); drawGraph(); fit(); };
byId('collapse').onclick = () => { open.clear(); drawGraph(); fit(); };
byId('search').oninput = () => drawOperations();
show(root);
document.documentElement.dataset.ready = 'true';
