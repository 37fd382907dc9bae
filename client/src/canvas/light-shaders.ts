/**
 * The shaders of light, darkness and memory. What they agree on:
 *
 * - samples, one texel each: r remembered, g dimly lit or better, b brightly lit, a dimly lit before the last change;
 * - the soft mask, over the scene: r seen in colour, g shown by darkvision alone, b remembered, each blurred a little;
 * - the wide mask, coarser: r brightly lit, g seen, both blurred a lot, so that their ratio knows nothing of walls;
 * - the glow: rgb what known lights add, at half strength, a how brightly lit the place is.
 *
 * Blurring carries light over borders; where a mask is read, only its upper half counts, and what is no part of a set
 * sample is cut back by the samples themselves.
 */

import { UNIT } from './geometry';

/** A quad of which only the texture coordinates matter. */
export const PLAIN_VERTEX = `#version 300 es
in vec2 aPosition;
in vec2 aUV;
out vec2 vUV;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;

void main() {
  mat3 view = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((view * vec3(aPosition, 1.0)).xy, 0.0, 1.0);
  vUV = aUV;
}`;

/** A rectangle of the scene. */
export const SCENE_VERTEX = `#version 300 es
in vec2 aPosition;
out vec2 vUV;
out vec2 vCell;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;
uniform vec2 uSize;

void main() {
  mat3 view = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((view * vec3(aPosition, 1.0)).xy, 0.0, 1.0);
  vUV = aPosition / uSize;
  vCell = aPosition / ${UNIT}.0;
}`;

/** Adds what samples know to the polygons of the sharp mask. */
export const SAMPLES_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
out vec4 finalColor;
uniform sampler2D uSamples;
uniform vec2 uSamplesShare;

void main() {
  vec4 samples = texture(uSamples, vUV * uSamplesShare);
  finalColor = vec4(samples.g, 0.0, samples.r, 0.0);
}`;

/** Half of a blur: along one axis. */
export const BLUR_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
out vec4 finalColor;
uniform sampler2D uMask;
uniform vec2 uStep;

void main() {
  vec4 sum = texture(uMask, vUV) * 0.28;
  sum += (texture(uMask, vUV + uStep) + texture(uMask, vUV - uStep)) * 0.22;
  sum += (texture(uMask, vUV + uStep * 2.0) + texture(uMask, vUV - uStep * 2.0)) * 0.105;
  sum += (texture(uMask, vUV + uStep * 3.0) + texture(uMask, vUV - uStep * 3.0)) * 0.035;
  finalColor = sum;
}`;

/** What is brightly lit, and what is seen at all, for the wide mask. */
export const LEVELS_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
out vec4 finalColor;
uniform sampler2D uSamples;
uniform sampler2D uMask;
uniform vec2 uSamplesShare;

void main() {
  float bright = texture(uSamples, vUV * uSamplesShare).b;
  finalColor = vec4(bright, max(texture(uMask, vUV).r, bright), 0.0, 1.0);
}`;

/** How brightly a place is lit, told apart from how much of its surroundings is seen. */
export const BRIGHTNESS_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
out vec4 finalColor;
uniform sampler2D uWide;

void main() {
  vec4 wide = texture(uWide, vUV);
  finalColor = vec4(0.0, 0.0, 0.0, smoothstep(0.5, 0.9, wide.r / max(wide.g, 0.02)));
}`;

export const LAMP_VERTEX = `#version 300 es
in vec2 aPosition;
in vec2 aCorner;
in vec3 aColor;
in vec3 aCone;
in vec3 aShape;
out vec2 vCorner;
out vec3 vColor;
out vec3 vCone;
out float vCore;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;
uniform float uSeconds;

void main() {
  // Radius, phase, how much it flickers.
  float beat = sin(uSeconds * 5.1 + aShape.y) * 0.5 + sin(uSeconds * 8.7 + aShape.y * 1.7) * 0.3 + sin(uSeconds * 13.3 + aShape.y * 2.9) * 0.2;
  float breath = 1.0 + beat * aShape.z;
  vec2 place = aPosition + aCorner * aShape.x * (1.0 + beat * aShape.z * 0.25);
  mat3 view = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((view * vec3(place, 1.0)).xy, 0.0, 1.0);
  vCorner = aCorner;
  vColor = aColor * breath;
  vCone = aCone;
  vCore = aShape.x / ${UNIT}.0;
}`;

export const LAMP_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vCorner;
in vec3 vColor;
in vec3 vCone;
in float vCore;
out vec4 finalColor;

void main() {
  float d2 = dot(vCorner, vCorner);
  float wide = max(0.0, 1.0 - d2);
  float core = exp(-d2 * vCore * vCore * 3.0);
  float turned = dot(vCorner, vCone.xy) * inversesqrt(max(d2, 1e-6));
  float inside = smoothstep(vCone.z - 0.06, vCone.z + 0.06, turned);
  float strength = (wide * wide * 0.72 + core * 0.28) * max(inside, exp(-d2 * vCore * vCore * 14.0));
  finalColor = vec4(vColor * strength * 0.5, 0.0);
}`;

const LOOKS = `
const vec3 GREY = vec3(0.299, 0.587, 0.114);

vec3 rememberedLook(vec3 ground, float grey) {
  return mix(ground, vec3(grey), 0.7) * vec3(0.31, 0.33, 0.37) + vec3(0.014, 0.017, 0.026);
}

vec3 darkSightLook(vec3 ground, float grey) {
  return mix(ground, vec3(grey), 0.9) * vec3(0.50, 0.60, 0.80) + vec3(0.006, 0.014, 0.038);
}

vec3 dimLook(vec3 ground, float grey) {
  return mix(ground, vec3(grey), 0.2) * vec3(0.60, 0.60, 0.67);
}

vec3 litLook(vec3 ground, float grey, float brightness, vec3 glow) {
  float strength = max(max(glow.r, glow.g), max(glow.b, 1e-4));
  float reach = min(1.0, strength);
  vec3 tint = mix(vec3(1.0), glow / strength, 0.37 * smoothstep(0.0, 0.5, reach));
  vec3 lit = mix(dimLook(ground, grey) * (0.86 + 0.36 * reach), ground * (0.86 + 0.24 * reach), brightness);
  return lit * tint + glow * (0.03 + 0.06 * ground);
}`;

/** What a player sees. The ground reaches the screen through this and by no other way. */
export const PLAYER_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
in vec2 vCell;
out vec4 finalColor;
uniform sampler2D uGround;
uniform sampler2D uSamples;
uniform sampler2D uMask;
uniform sampler2D uLastMask;
uniform sampler2D uGlow;
uniform sampler2D uClouds;
uniform vec2 uScreen;
uniform vec2 uSamplesShare;
uniform float uFade;
// Inside the polygons of sight, or outside.
uniform float uInside;
// How light it is everywhere: 0 dark, 1 dim, 2 bright.
uniform float uAmbience;
${LOOKS}

void main() {
  vec4 mask = texture(uMask, vUV);
  if (uFade < 1.0) mask = mix(texture(uLastMask, vUV), mask, uFade);

  vec4 samples = vec4(0.0);
  float remembered = 0.0;
  if (mask.b > 0.42) {
    samples = texture(uSamples, vUV * uSamplesShare);
    remembered = smoothstep(0.48, 0.92, mask.b) * smoothstep(0.2, 0.6, samples.r);
  }
  vec3 color = vec3(0.0);
  if (remembered < 1.0) {
    float cloud = texture(uClouds, mat2(0.019, 0.0105, -0.0115, 0.018) * vCell).r;
    color = mix(vec3(0.026, 0.032, 0.052), vec3(0.060, 0.071, 0.108), cloud);
  }
  // What is not known is fog and nothing else; most of a screen is.
  if (mask.b > 0.42) {
    vec3 ground = texture(uGround, vec2(gl_FragCoord.x, uScreen.y - gl_FragCoord.y) / uScreen).rgb;
    float grey = dot(ground, GREY);
    color = mix(color, rememberedLook(ground, grey), remembered);
    float known = smoothstep(0.42, 0.8, mask.b);

    float darkSight = smoothstep(0.5, 0.95, mask.g) * known * uInside;
    color = mix(color, darkSightLook(ground, grey), darkSight);

    // By night only samples know what is seen; else the polygons do, which the stencil holds to.
    float isNight = uAmbience < 0.5 ? 1.0 : 0.0;
    float lit = max(samples.g, samples.a * (1.0 - uFade));
    float allowed = mix(uInside, smoothstep(0.3, 0.7, lit), isNight);
    float seen = smoothstep(0.5, 0.95, mask.r) * known * allowed;
    if (seen > 0.0) {
      vec4 glow = texture(uGlow, vUV);
      float brightness = uAmbience > 1.5 ? 1.0 : glow.a * smoothstep(0.25, 0.75, samples.b);
      color = mix(color, litLook(ground, grey, brightness, glow.rgb * 2.0), seen);
    }
  }
  finalColor = vec4(color, 1.0);
}`;

/** What a game master sees: everything, and what is dark under a veil. */
export const MASTER_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vUV;
out vec4 finalColor;
uniform sampler2D uGround;
uniform sampler2D uMask;
uniform sampler2D uLastMask;
uniform sampler2D uGlow;
uniform vec2 uScreen;
uniform float uFade;
uniform float uAmbience;
${LOOKS}

void main() {
  vec3 ground = texture(uGround, vec2(gl_FragCoord.x, uScreen.y - gl_FragCoord.y) / uScreen).rgb;
  float grey = dot(ground, GREY);
  float lit = texture(uMask, vUV).r;
  if (uFade < 1.0) lit = mix(texture(uLastMask, vUV).r, lit, uFade);
  vec4 glow = texture(uGlow, vUV);
  vec3 color = litLook(ground, grey, uAmbience > 1.5 ? 1.0 : glow.a, glow.rgb * 2.0);
  if (uAmbience < 0.5) {
    vec3 veiled = mix(ground, vec3(grey), 0.45) * vec3(0.40, 0.44, 0.58) + vec3(0.01, 0.014, 0.03);
    color = mix(veiled, color, smoothstep(0.35, 0.9, lit));
  }
  finalColor = vec4(color, 1.0);
}`;
