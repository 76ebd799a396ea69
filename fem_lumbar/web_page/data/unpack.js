"use strict";
// Blocks of compressed arrays inside the page: see packing.py.
const blocks = new Map();

function bytesOf(text) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

// The bytes of a block, unpacked when first asked for.
function block(name) {
  if (!blocks.has(name)) {
    const packed = bytesOf(document.getElementById("block-" + name).textContent.trim());
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    blocks.set(name, new Response(stream).arrayBuffer());
  }
  return blocks.get(name);
}

const KINDS = {Float32Array, Int8Array, Int16Array, Uint16Array, Int32Array};

function arrayOf(buffer, place) {
  return new KINDS[place.kind](buffer, place.start, place.length);
}

// Values of a field; NaN where there is none.
function fieldOf(buffer, place) {
  const code = arrayOf(buffer, place), values = new Float32Array(code.length);
  for (let i = 0; i < code.length; i++) values[i] = code[i] === -32768 ? NaN : place.zero + place.step * code[i];
  return values;
}
