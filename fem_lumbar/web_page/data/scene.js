"use strict";
// The scene in three dimensions: controls, what they choose, and its drawing with plotly.
const head = JSON.parse(document.getElementById("scene-head").textContent);
const control = name => document.getElementById("choose-" + name);
const scales = Object.fromEntries(Object.entries(head.scales).map(([name, colours]) =>
  [name, colours.map((colour, i) => [i / (colours.length - 1), colour])]));
const VIEWS = {
  "front left": [0.80, 0.75, 0.35], "back left": [-0.90, 0.60, 0.35], left: [0, 1, 0], right: [0, -1, 0],
  front: [1, 0, 0], back: [-1, 0, 0], above: [-0.001, 0, 1],
};
const ZOOM = 1.35;
const loadedBodies = [];

async function bodyOf(number) {
  if (!loadedBodies[number]) {
    const told = head.bodies[number], buffer = await block(told.block), body = {parts: told.parts, box: told.box};
    for (const [name, place] of Object.entries(told.arrays)) body[name] = arrayOf(buffer, place);
    loadedBodies[number] = body;
  }
  return loadedBodies[number];
}

function choices() {
  const shown = {};
  for (const box of document.querySelectorAll("#choose-parts input")) shown[box.value] = box.checked;
  const axis = control("cut").value;
  return {
    view: control("run").value, caseName: control("case").value, field: control("field").value,
    coloured: control("coloured").value, level: Number(control("level").value), scale: Number(control("scale").value),
    common: control("common").checked, shown, cutAxis: axis ? "xyz".indexOf(axis[0]) : -1,
    cutSide: axis.endsWith("-") ? -1 : 1, cutAt: Number(control("at").value),
  };
}

// Values at drawn points of what is chosen, or null where the run does not hold it.
async function valuesOf(run, caseName, field) {
  const found = run.cases[caseName];
  if (!found || !found.fields[field]) return null;
  return fieldOf(await block(found.block), found.fields[field].array);
}

async function displacementOf(run, caseName, level) {
  const told = run.cases[caseName], place = told.levels[Math.min(level, told.levels.length - 1)];
  return place.displacement ? fieldOf(await block(told.block), place.displacement) : null;
}

// Plain numbers of a field that may be stored as logarithms.
function plain(values, log) {
  return log ? values.map(v => Math.pow(10, v)) : values;
}

// What a panel shows: {values, log, title, limits by tissue, diverging, single: one scale for all tissues}, or null.
async function shownValues(run, body, chosen, atFull) {
  const field = head.fields[chosen.field];
  if (chosen.view === "mirror" || chosen.view === "second-first") return difference(run, body, chosen);
  if (!atFull) return displacementSize(run, chosen);
  const values = await valuesOf(run, chosen.caseName, chosen.field);
  if (!values) return null;
  const runs = chosen.view === "both" ? head.runs : [run];
  const cases = runs.flatMap(r => (chosen.common ? Object.values(r.cases) : [r.cases[chosen.caseName]]));
  const reach = tissue => Math.max(...cases.filter(c => c && c.fields[chosen.field]).map(c => c.fields[chosen.field].reach[tissue]));
  const limits = tissue => limitsOf(field, reach(tissue));
  return {values, log: field.log, title: field.title, limits, diverging: field.centre !== null, single: field.coloured === "one"};
}

function limitsOf(field, span) {
  if (field.log) return [Math.log10(span) - 3, Math.log10(span)];
  return field.centre === null ? [0, span] : [field.centre - span, field.centre + span];
}

async function displacementSize(run, chosen) {
  const moved = await displacementOf(run, chosen.caseName, chosen.level);
  const values = new Float32Array(run.cases[chosen.caseName].fields.displacement.array.length);
  if (moved) for (let i = 0; i < values.length; i++) values[i] = Math.hypot(moved[3 * i], moved[3 * i + 1], moved[3 * i + 2]);
  const span = run.cases[chosen.caseName].fields.displacement.reach.one;
  return {values, log: false, title: head.fields.displacement.title, limits: () => [0, span], diverging: false, single: true};
}

// Left minus mirrored right, or the second run minus the first, at full load.
async function difference(run, body, chosen) {
  const field = head.fields[chosen.field], mirrored = chosen.view === "mirror";
  const partner = mirrored ? head.mirrored_case[chosen.caseName] : chosen.caseName;
  const otherRun = mirrored ? run : head.runs[0];
  const otherCase = otherRun.cases[partner] ? partner : chosen.caseName;
  const one = await valuesOf(run, chosen.caseName, chosen.field), other = await valuesOf(otherRun, otherCase, chosen.field);
  if (!one || !other) return null;
  const a = plain(one, field.log), b = plain(other, field.log), values = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) values[i] = a[i] - (mirrored ? b[body.mirror[i]] : b[i]);
  const size = Array.from(values, Math.abs).filter(Number.isFinite).sort((p, q) => p - q);
  const least = Math.max(...[[run, chosen.caseName, a], [otherRun, otherCase, b]].map(known => finest(...known, chosen.field)));
  const span = size.length ? size[Math.floor(0.995 * (size.length - 1))] : 0;
  const none = span <= 2 * least ? ` (none above ${Number((2 * least).toPrecision(1))}, the digits of this page)` : "";
  const what = mirrored ? `left minus mirrored right${otherCase === chosen.caseName ? "" : " (" + otherRun.cases[otherCase].label + ")"}`
                        : `${head.runs[1].name} minus ${head.runs[0].name}`;
  const most = none ? 20 * least : span;
  return {values, log: false, title: `${field.title}: ${what}${none}`, limits: () => [-most, most], diverging: true, single: true};
}

// The smallest change that the page keeps of a field: a step of its 16 bit, where it is a logarithm at its largest value.
function finest(run, caseName, values, name) {
  const {step} = run.cases[caseName].fields[name].array;
  if (!head.fields[name].log) return step;
  return values.reduce((most, v) => Number.isFinite(v) ? Math.max(most, v) : most, 0) * (Math.pow(10, step) - 1);
}

function isColoured(chosen, part) {
  const wish = chosen.coloured === "suited" ? head.fields[chosen.field].coloured : chosen.coloured;
  if (wish === "all" || wish === "each" || wish === "one") return true;
  return wish === (part.bone ? "bone" : "soft");
}

// One scale for panels beside each other: the one that reaches further.
function widest(before, axis) {
  return before && before.cmax >= axis.cmax ? before : axis;
}

function colourAxis(shown, tissue, place) {
  const [low, high] = shown.limits(tissue), words = {bone: "bone: ", soft: "soft tissue: ", one: ""};
  const title = words[tissue] + shown.title;
  const axis = {
    cmin: low, cmax: high, colorscale: shown.diverging ? scales.both_ways : tissue === "bone" ? scales.bone : scales.soft,
    colorbar: {title: {text: title, side: "right", font: {size: 12}}, len: 0.42, thickness: 14, x: 1.0, y: place, tickformat: ".3~g"},
  };
  if (shown.log) {
    axis.colorbar.tickvals = [0, 1, 2, 3].map(k => high - k);
    axis.colorbar.ticktext = axis.colorbar.tickvals.map(v => Number(Math.pow(10, v).toPrecision(2)).toString());
    delete axis.colorbar.tickformat;
  }
  return axis;
}

// Traces of one panel: coloured bone, coloured soft tissue, plain parts, lines that pull.
async function panel(run, chosen, sceneName, layout) {
  const body = await bodyOf(run.body), told = run.cases[chosen.caseName];
  const last = told.levels.length - 1, level = Math.min(chosen.level, last), atFull = level === last;
  const cut = cutBody(body, {
    shown: body.parts.map(part => chosen.shown[part.name] !== false), axis: chosen.cutAxis, at: chosen.cutAt,
    side: chosen.cutSide,
  });
  const moved = await displacementOf(run, chosen.caseName, level);
  const where = new Float32Array(body.reference);
  if (moved) for (let i = 0; i < where.length; i++) where[i] += chosen.scale * moved[i];
  const points = withCut(cut, where, 3), shown = await shownValues(run, body, chosen, atFull);
  const values = shown && withCut(cut, shown.values, 1);
  const traces = meshes(body, cut, points, values, chosen, shown, sceneName);
  const used = new Set(traces.map(t => t.meta));
  for (const [tissue, axis, at] of [["one", "coloraxis", 0.5], ["soft", "coloraxis", 0.74], ["bone", "coloraxis2", 0.26]])
    if (used.has(tissue)) layout[axis] = widest(layout[axis], colourAxis(shown, tissue, at));
  if (atFull && chosen.shown.lines !== false) traces.push(...await lines(told, moved, chosen, sceneName, layout));
  const shownAxes = axes(body.reference, where);
  Object.assign(layout[sceneName], shownAxes, {annotations: sides(body), aspectratio: proportions(shownAxes)});
  return traces;
}

// Axes that hold a body before and under load; muscles are drawn as far as they reach in there.
function axes(...bodies) {
  const made = {};
  ["xaxis", "yaxis", "zaxis"].forEach((name, d) => {
    let low = Infinity, high = -Infinity;
    for (const places of bodies)
      for (let i = d; i < places.length; i += 3) { low = Math.min(low, places[i]); high = Math.max(high, places[i]); }
    made[name] = {visible: false, showspikes: false, range: [low - 8, high + 8]};
  });
  return made;
}

// Lengths of the axes as they are drawn, true to scale: in parallel projection they alone tell how large a body is seen.
function proportions(shownAxes) {
  const lengths = ["xaxis", "yaxis", "zaxis"].map(name => shownAxes[name].range[1] - shownAxes[name].range[0]);
  const [x, y, z] = lengths.map(length => ZOOM * length / Math.cbrt(lengths[0] * lengths[1] * lengths[2]));
  return {x, y, z};
}

function meshes(body, cut, points, values, chosen, shown, sceneName) {
  const groups = new Map();
  for (let k = 0; k < cut.parts.length; k++) {
    const part = body.parts[cut.parts[k]], t = cut.triangles;
    const known = values && [0, 1, 2].every(j => Number.isFinite(values[t[3 * k + j]]));
    const coloured = known && (shown.single || isColoured(chosen, part));
    const key = coloured ? (shown.single ? "one" : part.bone ? "bone" : "soft") : part.name;
    if (!groups.has(key)) groups.set(key, {coloured, colour: part.colour, triangles: []});
    groups.get(key).triangles.push(t[3 * k], t[3 * k + 1], t[3 * k + 2]);
  }
  return Array.from(groups, ([key, group]) => meshTrace(key, group, points, values, sceneName));
}

function meshTrace(key, group, points, values, sceneName) {
  const place = new Int32Array(points.length / 3).fill(-1), corners = group.triangles, count = corners.length / 3;
  const index = [0, 1, 2].map(() => new Int32Array(count)), used = [];
  for (let n = 0; n < corners.length; n++) {
    const point = corners[n];
    if (place[point] < 0) { place[point] = used.length; used.push(point); }
    index[n % 3][Math.floor(n / 3)] = place[point];
  }
  const [x, y, z] = [0, 1, 2].map(d => Float32Array.from(used, point => points[3 * point + d]));
  const trace = {
    type: "mesh3d", uid: `${sceneName} ${key} ${group.coloured}`, scene: sceneName, x, y, z, i: index[0], j: index[1], k: index[2], meta: key, name: key,
    lighting: {ambient: 0.6, diffuse: 0.6, specular: 0.05, roughness: 0.9},
    lightposition: {x: 4e4, y: 5e4, z: -1e5},  // to the right, above and in front as the viewer sees it
    hovertemplate: group.coloured ? `${key}: %{intensity:.4g}<extra></extra>` : `${key}<extra></extra>`, showscale: false,
  };
  if (group.coloured) Object.assign(trace, {intensity: Float32Array.from(used, point => values[point]), coloraxis: key === "bone" ? "coloraxis2" : "coloraxis"});
  else trace.color = group.colour;
  return trace;
}

// Ligaments and muscles, coloured by tension; each end moves with the tissue it is attached to.
async function lines(told, moved, chosen, sceneName, layout) {
  if (!told.lines) return [];
  const buffer = await block(told.block), get = name => arrayOf(buffer, told.lines[name]);
  const ends = get("ends"), follows = get("moves_with"), tension = get("tension"), kind = get("kind");
  const high = Math.max(1e-3, ...tension.filter((_, n) => kind[n] <= 1)), xyz = [[], [], []], colour = [], text = [];
  for (let n = 0; n < tension.length; n++) {
    const middle = d => (ends[6 * n + d] + ends[6 * n + 3 + d]) / 2;
    const cutAway = chosen.cutAxis >= 0 && chosen.cutSide * (middle(chosen.cutAxis) - chosen.cutAt) < 0;
    if (kind[n] > 1 || cutAway) continue;  // the path of the follower load is no tissue
    for (let end = 0; end < 2; end++) {
      const with_ = follows[2 * n + end];
      for (let d = 0; d < 3; d++)
        xyz[d].push(ends[6 * n + 3 * end + d] + (with_ >= 0 && moved ? (chosen.scale - 1) * moved[3 * with_ + d] : 0));
      colour.push(tension[n]);
      text.push(`${told.lines.names[n]}: ${tension[n].toPrecision(3)} N`);
    }
    for (let d = 0; d < 3; d++) xyz[d].push(null);
    colour.push(0);
    text.push("");
  }
  layout.coloraxis3 = widest(layout.coloraxis3, {
    cmin: 0, cmax: high, colorscale: scales.pull,
    colorbar: {title: {text: "tension of each strand or fascicle (N)", side: "right", font: {size: 12}}, len: 0.42, thickness: 14, x: -0.12, y: 0.26, tickformat: ".3~g"},
  });
  return [{
    type: "scatter3d", mode: "lines", scene: sceneName, x: xyz[0], y: xyz[1], z: xyz[2], text, hoverinfo: "text",
    line: {width: 5, color: colour, coloraxis: "coloraxis3"}, showlegend: false,
  }];
}

// Words beside the body that say which side is which.
function sides(body) {
  const [low, high] = body.box, x = (low[0] + high[0]) / 2, z = high[2] + 4;
  const {x: ex, y: ey, z: ez} = camera.eye, across = ey / Math.hypot(ex, ey, ez);
  const names = [["left", high[1] + 4], ["right", low[1] - 4]];
  const seen = Math.abs(across) < 0.97 ? names : [across > 0 ? names[0] : names[1]];  // the other one lies behind
  return seen.map(([text, y]) => ({
    x, y, z, text, showarrow: false, font: {size: 15, color: "#333"},
  }));
}

function cameraOf(name) {
  const [x, y, z] = VIEWS[name];
  return {eye: {x: 0.85 * x, y: 0.85 * y, z: 0.85 * z}, up: name === "above" ? {x: 1, y: 0, z: 0} : {x: 0, y: 0, z: 1}, projection: {type: "orthographic"}};
}

function sceneLayout(domain) {
  return {aspectmode: "manual", domain: {x: domain, y: [0, 1]}, camera: cameraOf("front left"), dragmode: "orbit", uirevision: "kept"};
}

let camera = cameraOf("front left"), turned = false;
let drawing = Promise.resolve();
async function draw() {
  const begun = performance.now(), chosen = choices(), figure = document.getElementById("scene");
  const panels = chosen.view === "both" ? head.runs : [chosen.view.startsWith("second") ? head.runs[1] : head.runs[0]];
  const layout = {margin: {l: 0, r: 0, t: 0, b: 0}, paper_bgcolor: "white", showlegend: false};
  const traces = [], missing = [];
  for (const [number, run] of panels.entries()) {
    if (!run.cases[chosen.caseName]) { missing.push(`${run.name} holds no ${chosen.caseName}`); continue; }
    const name = number ? "scene2" : "scene", width = 1 / panels.length;
    layout[name] = sceneLayout([number * width, (number + 1) * width]);
    traces.push(...await panel(run, chosen, name, layout));
    if (!run.cases[chosen.caseName].fields[chosen.field]) missing.push(`${run.name} holds no ${head.fields[chosen.field].title}`);
  }
  if (!layout.coloraxis && layout.coloraxis2) layout.coloraxis2.colorbar.y = 0.74;
  await Plotly.react(figure, traces, layout, {responsive: true, displaylogo: false});
  if (turned) await Plotly.relayout(figure, layout.scene2 ? {"scene.camera": camera, "scene2.camera": camera} : {"scene.camera": camera});
  turned = false;
  caption(chosen, panels, missing);
  figure.dataset.drawn = `${chosen.caseName} ${chosen.field}`;
  figure.dataset.milliseconds = Math.round(performance.now() - begun);
}

function caption(chosen, panels, missing) {
  const told = panels[0].cases[chosen.caseName], words = [];
  if (told) {
    const level = told.levels[Math.min(chosen.level, told.levels.length - 1)];
    words.push(panels.map(run => run.name).join(" | ") + ": " + told.label + ", " + told.load);
    document.getElementById("level-told").textContent = `${Math.round(100 * level.time)} %`;
    if (level.time < 1) words.push("below full load only displacement is stored: it is what is coloured, on the surface; inside it is interpolated");
  }
  if (head.left_out.length) words.push(`left out to keep this page small: ${head.left_out.join(", ")}`);
  if (chosen.view === "second-first") words.push(`shape of ${panels[0].name}, coloured by how much it differs from ${head.runs[0].name}`);
  words.push(`deformation ×${chosen.scale}`, "values are averages at the nodes within each tissue; x anterior, y left, z cranial");
  document.getElementById("scale-told").textContent = `×${chosen.scale}`;
  document.getElementById("at-told").textContent = `${chosen.cutAt} mm`;
  document.getElementById("scene-caption").textContent = [...missing, ...words].join("; ") + ".";
}

function option(select, value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  select.append(made);
}

function fillControls() {
  const names = new Set(head.runs.flatMap(run => Object.keys(run.cases)));
  for (const name of names) option(control("case"), name, (head.runs[0].cases[name] || head.runs[1].cases[name]).label);
  for (const [name, field] of Object.entries(head.fields))
    if (head.runs.some(run => Object.values(run.cases).some(c => c.fields[name]))) option(control("field"), name, field.title);
  option(control("run"), "first", head.runs[0].name);
  if (head.runs.length > 1) {
    option(control("run"), "second", head.runs[1].name);
    option(control("run"), "both", "both, side by side");
    if (head.bodies.length === 1) option(control("run"), "second-first", `${head.runs[1].name} minus ${head.runs[0].name}`);
  }
  if (head.bodies[0].arrays.mirror) option(control("run"), "mirror", "left minus mirrored right");
  for (const name of Object.keys(VIEWS)) option(control("camera"), name, name);
  const parts = [...new Set(head.bodies.flatMap(body => body.parts.map(part => part.name))), "lines"];
  for (const name of parts) {
    const label = document.createElement("label"), box = document.createElement("input");
    Object.assign(box, {type: "checkbox", value: name, checked: true});
    label.append(box, name === "lines" ? "ligaments, muscles" : name);
    control("parts").append(label);
  }
}

function fitLevels() {
  const told = head.runs.map(run => run.cases[control("case").value]).find(Boolean), last = told.levels.length - 1;
  const wasFull = control("level").value === control("level").max;
  control("level").max = last;
  if (wasFull || Number(control("level").value) > last) control("level").value = last;
}

// The plane begins in the middle of the body along its normal.
function fitPlane() {
  const axis = control("cut").value && "xyz".indexOf(control("cut").value[0]);
  if (axis === "") return;
  const [low, high] = head.bodies[0].box;
  Object.assign(control("at"), {min: Math.floor(low[axis]), max: Math.ceil(high[axis])});
  control("at").value = axis === 1 ? 0 : Math.round((low[axis] + high[axis]) / 2);
}

// What the address asks for after "#", e.g. #case=flexion&field=pressure, is chosen as if by hand.
function chooseFromAddress() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const found = control(name);
    if (!found || found.value === undefined) continue;
    found.value = value;
    found.dispatchEvent(new Event("change", {bubbles: true}));
  }
}

// Draws once more after what is being drawn; what is asked for in between is drawn once.
let waiting = false;
function redraw() {
  if (waiting) return drawing;
  waiting = true;
  drawing = drawing.then(() => { waiting = false; return draw(); });
  return drawing;
}

// Both panels are seen from where the mouse has turned one of them to.
function followCamera(change) {
  const seen = change["scene.camera"] || change["scene2.camera"], figure = document.getElementById("scene");
  if (!seen) return;
  camera = seen;
  if (figure.layout.scene2 && !(change["scene.camera"] && change["scene2.camera"]))
    Plotly.relayout(figure, {"scene.camera": seen, "scene2.camera": seen});
}

async function start() {
  fillControls();
  fitLevels();
  control("case").addEventListener("change", fitLevels);
  control("cut").addEventListener("change", fitPlane);
  document.getElementById("scene-controls").addEventListener("change", event => {
    if (event.target === control("camera")) [camera, turned] = [cameraOf(control("camera").value), true];
    redraw();
  });
  for (const name of ["level", "scale", "at"]) control(name).addEventListener("input", redraw);
  await redraw();
  document.getElementById("scene").on("plotly_relayout", followCamera);
  chooseFromAddress();
  await drawing;
  document.body.dataset.ready = "yes";
  for (const run of head.runs) for (const told of Object.values(run.cases)) await block(told.block);  // for what comes next
}
start();
