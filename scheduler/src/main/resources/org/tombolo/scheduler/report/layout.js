'use strict';
/* Draws a directed graph in layers: each node below all that it reads (after Sugiyama, Tagawa and Toda, Methods for
 * visual understanding of hierarchical system structures, IEEE Transactions SMC-11(2), 1981). Layers are ordered by
 * the mean place of neighbours and placed by least squares; tall graphs are broken into columns like text.
 *
 * nodes: [{w, h, source}] in topological order; source: may be drawn as low as its readers allow
 * edges: [{from, to}] indices of nodes
 * Sets x, y (top left) of nodes and points of edges; returns {width, height}. */
function layOut(nodes, edges, aspect) {
  const MOST_IN_ROW = 10, GAP = 16, LAYER_GAP = 34, COLUMN_GAP = 70, LONGEST_ROUTE = 10;
  const down = nodes.map(() => []), up = nodes.map(() => []);
  edges.forEach(e => { down[e.from].push(e.to); up[e.to].push(e.from); });

  const layer = new Array(nodes.length).fill(0);
  nodes.forEach((_, i) => up[i].forEach(j => { layer[i] = Math.max(layer[i], layer[j] + 1); }));
  nodes.forEach((node, i) => {
    if (node.source && down[i].length) layer[i] = Math.min(...down[i].map(j => layer[j])) - 1;
  });
  const lowest = Math.min(0, ...layer);
  layer.forEach((_, i) => { layer[i] -= lowest; });

  // Layers with many nodes become several rows.
  const members = [];
  layer.forEach((l, i) => (members[l] ??= []).push(i));
  let row = 0;
  members.forEach(some => {
    const rows = some.length > 1.5 * MOST_IN_ROW ? Math.ceil(some.length / MOST_IN_ROW) : 1;
    some.forEach((i, k) => { layer[i] = row + Math.floor(k * rows / some.length); });
    row += rows;
  });

  // Invisible nodes keep short edges off the boxes in between.
  const items = nodes.map((n, i) => ({w: n.w, h: n.h, layer: layer[i], near: []}));
  const routes = edges.map(e => {
    const route = [e.from];
    const span = layer[e.to] - layer[e.from];
    if (span > 1 && span <= LONGEST_ROUTE) {
      for (let l = layer[e.from] + 1; l < layer[e.to]; l++) {
        route.push(items.length);
        items.push({w: 6, h: 0, layer: l, near: []});
      }
    }
    route.push(e.to);
    for (let k = 1; k < route.length; k++) {
      const weight = 1 / (items[route[k]].layer - items[route[k - 1]].layer);
      items[route[k - 1]].near.push([route[k], weight]);
      items[route[k]].near.push([route[k - 1], weight]);
    }
    return route;
  });
  const layers = [];
  items.forEach((item, i) => (layers[item.layer] ??= []).push(i));
  for (let l = 0; l < layers.length; l++) layers[l] ??= [];
  const widest = Math.max(1, ...layers.map(row => row.reduce((sum, i) => sum + items[i].w + GAP, 0)));

  const spread = row => {
    let x = 0;
    row.forEach(i => { items[i].x = x + items[i].w / 2; x += items[i].w + GAP; });
    row.forEach(i => { items[i].x += (widest - x) / 2; });
  };
  layers.forEach(spread);
  const wish = i => {
    let sum = 0, weight = 0;
    for (const [j, w] of items[i].near) { sum += items[j].x * w; weight += w; }
    return weight ? sum / weight : items[i].x;
  };
  const sweeps = items.length > 20000 ? 2 : 10;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const rows = sweep % 2 ? [...layers].reverse() : layers;
    rows.forEach(row => {
      row.forEach(i => { items[i].wish = wish(i); });
      if (sweep < sweeps - 3) row.sort((a, b) => items[a].wish - items[b].wish || a - b);
      place(row);
    });
  }

  /* Least squares from the wishes in the given order without overlap: isotonic regression by pooling. */
  function place(row) {
    const pools = [];
    let offset = 0;
    row.forEach((i, k) => {
      if (k) offset += (items[row[k - 1]].w + items[i].w) / 2 + GAP;
      items[i].offset = offset;
      pools.push({sum: items[i].wish - offset, count: 1, members: [i]});
      while (pools.length > 1) {
        const b = pools[pools.length - 1], a = pools[pools.length - 2];
        if (a.sum / a.count <= b.sum / b.count) break;
        a.sum += b.sum; a.count += b.count; a.members.push(...b.members);
        pools.pop();
      }
    });
    pools.forEach(p => p.members.forEach(i => { items[i].x = p.sum / p.count + items[i].offset; }));
  }

  // Columns.
  const left = Math.min(...items.map(i => i.x - i.w / 2)), right = Math.max(...items.map(i => i.x + i.w / 2));
  const columnWidth = right - left + COLUMN_GAP;
  const heights = layers.map(row => Math.max(20, ...row.map(i => items[i].h)) + LAYER_GAP);
  const tall = heights.reduce((a, b) => a + b, 0);
  const columns = tall > 1600 ? Math.max(1, Math.round(Math.sqrt(aspect * tall / columnWidth))) : 1;
  const most = tall / columns;
  let column = 0, y = 0, height = 0;
  layers.forEach((row, l) => {
    if (y > 0 && y + heights[l] > most + 1 && column < columns - 1) { column++; y = 0; }
    row.forEach(i => {
      items[i].column = column;
      items[i].x += column * columnWidth - left;
      items[i].top = y + (heights[l] - LAYER_GAP - items[i].h) / 2;
    });
    y += heights[l];
    height = Math.max(height, y);
  });
  nodes.forEach((node, i) => { node.x = items[i].x - node.w / 2; node.y = items[i].top; });
  edges.forEach((e, k) => {
    const route = routes[k], from = items[e.from], to = items[e.to];
    const broken = from.column !== to.column;
    e.long = broken || (route.length === 2 && to.layer - from.layer > LONGEST_ROUTE);
    const middle = broken ? [] : route.slice(1, -1).map(i => [items[i].x, items[i].top]);
    e.points = [[from.x, from.top + from.h], ...middle, [to.x, to.top]];
  });
  return {width: (column + 1) * columnWidth - COLUMN_GAP, height: height - LAYER_GAP};
}

/* A smooth curve downwards through points. */
function curve(points) {
  let path = `M${points[0][0].toFixed(1)} ${points[0][1].toFixed(1)}`;
  for (let k = 1; k < points.length; k++) {
    const [x0, y0] = points[k - 1], [x1, y1] = points[k];
    const bend = y1 > y0 ? (y1 - y0) / 2 : 40;
    path += `C${x0.toFixed(1)} ${(y0 + bend).toFixed(1)} ${x1.toFixed(1)} ${(y1 - bend).toFixed(1)} `
      + `${x1.toFixed(1)} ${y1.toFixed(1)}`;
  }
  return path;
}
