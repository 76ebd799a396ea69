"use strict";
// What is left of a body when parts are hidden and a plane cuts the rest: triangles, and points on the cut.
// New points lie between two drawn points a and b: (1 - w) a + w b, so that every field has a value there.

// state: {shown: bool per part, axis: -1 (none) or 0 to 2, at: mm, side: 1 or -1 (of what is kept)}
function cutBody(body, state) {
  const cutting = {from: [], to: [], weight: [], known: new Map(), count: body.reference.length / 3};
  const distance = new Float32Array(cutting.count);
  if (state.axis >= 0)
    for (let i = 0; i < cutting.count; i++) distance[i] = state.side * (body.reference[3 * i + state.axis] - state.at);
  const triangles = [], parts = [];
  keptFaces(body, state, distance, cutting, triangles, parts);
  if (state.axis >= 0) cutFaces(body, state, distance, cutting, triangles, parts);
  return {triangles, parts, from: cutting.from, to: cutting.to, weight: cutting.weight, count: cutting.count};
}

function between(cutting, distance, a, b) {
  if (a > b) [a, b] = [b, a];
  const key = a * cutting.count + b;
  let place = cutting.known.get(key);
  if (place === undefined) {
    place = cutting.count + cutting.from.length;
    cutting.known.set(key, place);
    cutting.from.push(a);
    cutting.to.push(b);
    cutting.weight.push(distance[a] / (distance[a] - distance[b]));
  }
  return place;
}

function keptFaces(body, state, distance, cutting, triangles, parts) {
  const t = body.triangles, owner = body.triangle_parts;
  for (let k = 0; k < t.length / 3; k++) {
    const part = owner[2 * k], behind = owner[2 * k + 1];
    if (!state.shown[part] || (behind >= 0 && state.shown[behind])) continue;
    const corner = [t[3 * k], t[3 * k + 1], t[3 * k + 2]];
    const kept = corner.map(c => distance[c] >= 0);
    const count = kept[0] + kept[1] + kept[2];
    if (count === 0) continue;
    if (count === 3) { triangles.push(...corner); parts.push(part); continue; }
    const lone = kept.indexOf(count === 1);
    const [a, b, c] = [corner[lone], corner[(lone + 1) % 3], corner[(lone + 2) % 3]];
    const ab = between(cutting, distance, a, b), ca = between(cutting, distance, c, a);
    if (count === 1) { triangles.push(a, ab, ca); parts.push(part); }
    else { triangles.push(ab, b, c, ab, c, ca); parts.push(part, part); }
  }
}

// Triangles across the cells that the plane meets.
function cutFaces(body, state, distance, cutting, triangles, parts) {
  const cells = body.cells;
  for (let m = 0; m < cells.length / 4; m++) {
    const part = body.cell_parts[m];
    if (!state.shown[part]) continue;
    const inside = [], outside = [];
    for (let j = 0; j < 4; j++) (distance[cells[4 * m + j]] >= 0 ? inside : outside).push(cells[4 * m + j]);
    if (!inside.length || !outside.length) continue;
    const on = inside.flatMap(a => outside.map(b => between(cutting, distance, a, b)));
    const made = on.length === 3 ? [on] : [[on[0], on[1], on[3]], [on[0], on[3], on[2]]];
    for (const triangle of made) {
      triangles.push(...facing(body, state, cutting, triangle));
      parts.push(part);
    }
  }
}

// The triangle turned so that it looks away from what is kept.
function facing(body, state, cutting, triangle) {
  const place = (point, d) => {
    const i = point - cutting.count, w = cutting.weight[i];
    return (1 - w) * body.reference[3 * cutting.from[i] + d] + w * body.reference[3 * cutting.to[i] + d];
  };
  const [a, b, c] = triangle, d = (state.axis + 1) % 3, e = (state.axis + 2) % 3;
  const normal = (place(b, d) - place(a, d)) * (place(c, e) - place(a, e)) - (place(b, e) - place(a, e)) * (place(c, d) - place(a, d));
  return normal * state.side < 0 ? triangle : [a, c, b];
}

// Values of drawn points and of points on the cut.
function withCut(cut, values, width) {
  const all = new Float32Array(width * (cut.count + cut.from.length));
  all.set(values);
  for (let i = 0; i < cut.from.length; i++)
    for (let d = 0; d < width; d++)
      all[width * (cut.count + i) + d] =
        (1 - cut.weight[i]) * values[width * cut.from[i] + d] + cut.weight[i] * values[width * cut.to[i] + d];
  return all;
}
