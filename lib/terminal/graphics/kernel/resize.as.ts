// Bilinear resize of RGB pixels, 8-bit weights. Meant for factors between 1/2 and any enlargement: a smaller picture
// comes from the JPEG decoder's own scaling first.

function mix(left: i32, right: i32, weight: i32): i32 {
  return left * (256 - weight) + right * weight;
}

export function resize(
  source: usize,
  sourceWidthPx: i32,
  sourceHeightPx: i32,
  target: usize,
  targetWidthPx: i32,
  targetHeightPx: i32,
): void {
  // 16.16 fixed point. Pixel centres are mapped on pixel centres, so the picture does not shift by half a pixel.
  const stepX = (sourceWidthPx << 16) / targetWidthPx;
  const stepY = (sourceHeightPx << 16) / targetHeightPx;
  const rowBytes = sourceWidthPx * 3;
  let out = target;
  let atY = (stepY >> 1) - 0x8000;
  for (let y = 0; y < targetHeightPx; y++, atY += stepY) {
    const clampedY = max(atY, 0);
    const rowIndex = clampedY >> 16;
    const weightY = (clampedY >> 8) & 255;
    const upper = source + rowIndex * rowBytes;
    const lower = rowIndex + 1 < sourceHeightPx ? upper + rowBytes : upper;
    let atX = (stepX >> 1) - 0x8000;
    for (let x = 0; x < targetWidthPx; x++, atX += stepX) {
      const clampedX = max(atX, 0);
      const columnIndex = clampedX >> 16;
      const weightX = (clampedX >> 8) & 255;
      const left = columnIndex * 3;
      const right = columnIndex + 1 < sourceWidthPx ? left + 3 : left;
      for (let channel = 0; channel < 3; channel++) {
        const above = mix(
          <i32> load<u8>(upper + left + channel),
          <i32> load<u8>(upper + right + channel),
          weightX,
        );
        const below = mix(
          <i32> load<u8>(lower + left + channel),
          <i32> load<u8>(lower + right + channel),
          weightX,
        );
        store<u8>(out + channel, <u8> ((mix(above, below, weightY) + 0x8000) >> 16));
      }
      out += 3;
    }
  }
}
