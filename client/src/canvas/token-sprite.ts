/** How a token looks: a shadow, a face or its initials, a ring, a marker for where it faces, and a name plate. */

import { Container, type RenderLayer, Sprite } from 'pixi.js';
import type { TokenView } from '../net/frames';
import { UNIT } from './geometry';
import { ACCENT, INK, inkOn, shade } from './palette';
import type { Pictures } from './pictures';
import { STAMP_MARGIN, type Plate, type Stamps } from './stamps';

/** Everything that decides a token's look, beside its place. */
export interface TokenLook {
  readonly token: TokenView;
  readonly ring: number;
  /** The colours of those who aim at it. */
  readonly aims: readonly number[];
  readonly rotation: number;
  readonly isSelected: boolean;
  readonly isHovered: boolean;
  /** A drag is under way and this is where it began. */
  readonly isLeft: boolean;
  readonly isGhost: boolean;
}

/** Below this size on the screen, in CSS pixels, names would be all there is. */
const PLATE_TOKEN_PX_MIN = 26;
const HIDDEN_ALPHA = 0.5;
/** Beside the marker of where most tokens face. */
const RETICLE_ANGLE = 45;

export class TokenSprite {
  readonly view = new Container();
  readonly #stamps: Stamps;
  readonly #pictures: Pictures;
  readonly #halo: Sprite;
  readonly #shadow: Sprite;
  readonly #disc: Sprite;
  readonly #face: Sprite;
  readonly #ring: Sprite;
  readonly #edge: Sprite;
  readonly #marker: Sprite;
  readonly #reticles: Sprite[] = [];
  #badge: Sprite | null = null;
  #plateSprite: Sprite | null = null;
  #plate: Plate | null = null;
  #overlay: RenderLayer | null = null;
  #size = UNIT;

  constructor(stamps: Stamps, pictures: Pictures) {
    this.#stamps = stamps;
    this.#pictures = pictures;
    this.#shadow = sprite(stamps.stamp('shadow'));
    this.#shadow.tint = 0x000000;
    this.#shadow.alpha = 0.55;
    this.#halo = sprite(stamps.stamp('halo'));
    this.#halo.tint = ACCENT;
    this.#disc = sprite(stamps.stamp('disc'));
    this.#face = sprite(stamps.stamp('disc'));
    this.#ring = sprite(stamps.stamp('ring'));
    this.#edge = sprite(stamps.stamp('thinRing'));
    this.#edge.tint = INK;
    this.#edge.alpha = 0.6;
    this.#marker = sprite(stamps.stamp('marker'));
    this.view.addChild(this.#shadow, this.#halo, this.#disc, this.#face, this.#ring, this.#edge, this.#marker);
  }

  /** Has its words drawn over all neighbours, or where the token itself is. */
  setOverlay(overlay: RenderLayer | null): void {
    if (overlay === this.#overlay) return;
    if (this.#plateSprite) {
      this.#overlay?.detach(this.#plateSprite);
      overlay?.attach(this.#plateSprite);
    }
    this.#overlay = overlay;
  }

  /** The words under the token, if they are shown. */
  get plate(): Plate | null {
    return this.#plate;
  }

  draw(look: TokenLook): void {
    const { token } = look;
    this.#size = token.size;
    const stampSize = token.size * STAMP_MARGIN;
    for (const part of [this.#shadow, this.#halo, this.#disc, this.#ring, this.#edge, this.#marker]) {
      part.setSize(stampSize, stampSize);
    }
    this.#shadow.position.set(0, token.size * 0.035);
    this.#drawFace(token);
    this.#ring.tint = look.ring;
    this.#ring.texture = this.#stamps.stamp(token.hidden ? 'dashedRing' : 'ring');
    this.#halo.visible = look.isSelected || look.isHovered;
    this.#halo.tint = look.isSelected ? ACCENT : 0xffffff;
    this.#halo.alpha = look.isSelected ? 1 : 0.55;
    this.#marker.visible = look.rotation !== 0 || look.isSelected;
    this.#marker.angle = look.rotation;
    this.#marker.tint = look.isSelected ? ACCENT : look.ring;
    this.view.alpha = (token.hidden ? HIDDEN_ALPHA : 1) * (look.isGhost ? 0.72 : 1) * (look.isLeft ? 0.4 : 1);
    this.#shadow.visible = !look.isGhost;
    this.#drawReticles(look.aims);
    this.#drawBadge(token.hidden === true && !look.isGhost);
    this.#drawPlate(look.isGhost ? '' : (token.name ?? ''), token.name_shown === false);
  }

  /** Keeps words readable whatever the zoom is. */
  setScale(cssPxPerUnit: number): void {
    const plate = this.#plate;
    if (plate && this.#plateSprite) {
      const isReadable = this.#size * cssPxPerUnit >= PLATE_TOKEN_PX_MIN;
      this.#plateSprite.visible = isReadable;
      if (isReadable) {
        this.#plateSprite.setSize(plate.width / cssPxPerUnit, plate.height / cssPxPerUnit);
        this.#plateSprite.position.set(0, this.#size * 0.5 + 5 / cssPxPerUnit);
      }
    }
  }

  destroy(): void {
    this.setOverlay(null);
    this.view.destroy({ children: true });
  }

  #drawFace(token: TokenView): void {
    const inner = token.size * 0.95;
    const picture = token.picture === undefined ? null : this.#pictures.face(token.picture);
    this.#disc.tint = token.picture === undefined ? token.color : shade(token.color, -0.55);
    if (picture) {
      this.#face.visible = true;
      this.#face.texture = picture;
      this.#face.tint = 0xffffff;
      this.#face.alpha = 1;
      this.#face.setSize(inner, inner);
      return;
    }
    const letters = initialsOf(token.name ?? '');
    this.#face.visible = letters !== '';
    if (letters === '') return;
    this.#face.texture = this.#stamps.initials(letters);
    this.#face.tint = token.picture === undefined ? inkOn(token.color) : 0xffffff;
    this.#face.alpha = token.picture === undefined ? 0.95 : 0.45;
    this.#face.setSize(inner, inner);
  }

  /** One for each who aims at it, turned so that they do not cover each other. */
  #drawReticles(colors: readonly number[]): void {
    for (const surplus of this.#reticles.splice(colors.length)) surplus.destroy();
    for (const [index, color] of colors.entries()) {
      const reticle = (this.#reticles[index] ??= this.view.addChild(sprite(this.#stamps.stamp('reticle'))));
      reticle.tint = color;
      reticle.angle = RETICLE_ANGLE + (90 / colors.length) * index;
      reticle.setSize(this.#size * STAMP_MARGIN, this.#size * STAMP_MARGIN);
    }
  }

  #drawBadge(isShown: boolean): void {
    if (isShown && !this.#badge) {
      this.#badge = sprite(this.#stamps.icon('hidden'));
      this.view.addChild(this.#badge);
    }
    if (!this.#badge) return;
    this.#badge.visible = isShown;
    this.#badge.setSize(this.#size * 0.36, this.#size * 0.36);
    this.#badge.position.set(this.#size * 0.36, -this.#size * 0.36);
  }

  #drawPlate(name: string, isSecret: boolean): void {
    if (name === '') {
      this.#plate = null;
      if (this.#plateSprite) this.#plateSprite.visible = false;
      return;
    }
    this.#plate = isSecret
      ? this.#stamps.plate(name, 'rgb(11 14 22 / 55%)', '#b9c0d4')
      : this.#stamps.plate(name);
    if (!this.#plateSprite) {
      this.#plateSprite = new Sprite();
      this.#plateSprite.anchor.set(0.5, 0);
      this.view.addChild(this.#plateSprite);
      this.#overlay?.attach(this.#plateSprite);
    }
    this.#plateSprite.texture = this.#plate.texture;
  }
}

/** One letter of one name, two of two. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter((word) => word !== '');
  const first = words[0];
  if (first === undefined) return '';
  const last = words.length > 1 ? words.at(-1) : undefined;
  const letter = (word: string): string => Array.from(word)[0] ?? '';
  return (letter(first) + (last === undefined ? '' : letter(last))).toLocaleUpperCase();
}

function sprite(texture: Sprite['texture']): Sprite {
  const made = new Sprite(texture);
  made.anchor.set(0.5);
  return made;
}
