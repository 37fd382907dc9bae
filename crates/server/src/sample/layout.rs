//! The place: where its walls, doors, windows, lights and people are. All lengths are in cells.

/// A point: to the right, downwards.
pub(crate) type At = (f64, f64);

/// A place to play in.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct SampleLayout {
    /// What the scene is called.
    pub(crate) name: &'static str,
    /// Width and height.
    pub(crate) size: At,
    /// Straight walls, end to end.
    pub(crate) walls: Vec<(At, At)>,
    /// Doors, each in a gap of the walls.
    pub(crate) doors: Vec<SampleDoor>,
    /// Windows, each in a gap of the walls.
    pub(crate) windows: Vec<(At, At)>,
    /// Lights, brightest first.
    pub(crate) lights: Vec<SampleLight>,
    /// Who is there.
    pub(crate) tokens: Vec<SampleToken>,
}

/// A door.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct SampleDoor {
    /// One end.
    pub(crate) a: At,
    /// The other end.
    pub(crate) b: At,
    /// Whether only the game master opens it.
    pub(crate) locked: bool,
}

/// A light.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct SampleLight {
    /// Where.
    pub(crate) at: At,
    /// How far it shines.
    pub(crate) range: f64,
    /// 0xRRGGBB.
    pub(crate) color: u32,
}

/// Somebody.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct SampleToken {
    /// What they are called.
    pub(crate) name: &'static str,
    /// Whether players read the name.
    pub(crate) name_shown: bool,
    /// Whether only the game master sees them.
    pub(crate) hidden: bool,
    /// Where their middle is.
    pub(crate) at: At,
    /// How wide they are.
    pub(crate) size: f64,
    /// 0xRRGGBB.
    pub(crate) color: u32,
}

/// Width and height of the place.
pub(super) const SIZE: At = (26.0, 18.0);

/// What a wall is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Made {
    /// The inn's outer walls.
    Stone,
    /// Its inner walls.
    Timber,
    /// The lining of the cellar.
    Cellar,
}

/// The straight walls that somebody built.
pub(super) const BUILT: [(Made, At, At); 25] = [
    // The inn, round from its north-west corner.
    (Made::Stone, (3.0, 5.0), (13.0, 5.0)),
    (Made::Stone, (14.0, 5.0), (16.0, 5.0)),
    (Made::Stone, (16.0, 5.0), (16.0, 9.5)),
    (Made::Stone, (16.0, 10.5), (16.0, 12.0)),
    (Made::Stone, (16.0, 12.0), (14.0, 12.0)),
    (Made::Stone, (13.0, 12.0), (10.0, 12.0)),
    (Made::Stone, (9.0, 12.0), (8.0, 12.0)),
    (Made::Stone, (7.0, 12.0), (6.0, 12.0)),
    (Made::Stone, (5.0, 12.0), (3.0, 12.0)),
    (Made::Stone, (3.0, 12.0), (3.0, 11.0)),
    (Made::Stone, (3.0, 10.0), (3.0, 5.0)),
    // Its rooms.
    (Made::Timber, (11.0, 5.0), (11.0, 6.0)),
    (Made::Timber, (11.0, 7.0), (11.0, 10.0)),
    (Made::Timber, (11.0, 11.0), (11.0, 12.0)),
    (Made::Timber, (11.0, 8.0), (16.0, 8.0)),
    // The cellar in the hill and the passage to it; its west wall is broken.
    (Made::Cellar, (4.0, 1.0), (9.0, 1.0)),
    (Made::Cellar, (9.0, 1.0), (9.0, 2.0)),
    (Made::Cellar, (9.0, 3.0), (9.0, 4.0)),
    (Made::Cellar, (9.0, 4.0), (4.0, 4.0)),
    (Made::Cellar, (4.0, 4.0), (4.0, 3.0)),
    (Made::Cellar, (4.0, 1.9), (4.0, 1.0)),
    (Made::Cellar, (9.0, 2.0), (14.0, 2.0)),
    (Made::Cellar, (14.0, 2.0), (14.0, 5.0)),
    (Made::Cellar, (13.0, 5.0), (13.0, 3.0)),
    (Made::Cellar, (13.0, 3.0), (9.0, 3.0)),
];

/// The upper edge of the burrow that breaks into the cellar, from the border of the map.
pub(super) const BURROW_NORTH: [At; 7] =
    [(0.0, 1.62), (0.55, 1.38), (1.2, 1.47), (1.8, 1.2), (2.55, 1.33), (3.2, 1.7), (4.0, 1.9)];
/// Its lower edge.
pub(super) const BURROW_SOUTH: [At; 7] =
    [(0.0, 3.05), (0.7, 3.2), (1.3, 2.96), (1.95, 3.28), (2.7, 3.34), (3.3, 3.06), (4.0, 3.0)];
/// The top of the cliff west of the inn.
pub(super) const CLIFF_WEST: [At; 6] =
    [(0.0, 4.15), (0.6, 4.3), (1.2, 4.2), (1.75, 4.5), (2.4, 4.45), (3.0, 5.0)];
/// The top of the cliff east of the inn.
pub(super) const CLIFF_EAST: [At; 9] = [
    (16.0, 5.0),
    (16.35, 4.55),
    (17.0, 4.3),
    (17.3, 3.65),
    (17.95, 3.2),
    (18.1, 2.45),
    (18.65, 1.9),
    (18.6, 0.9),
    (19.1, 0.0),
];

/// The doors, the locked one last.
pub(super) const DOORS: [SampleDoor; 5] = [
    SampleDoor { a: (7.0, 12.0), b: (8.0, 12.0), locked: false },
    SampleDoor { a: (11.0, 6.0), b: (11.0, 7.0), locked: false },
    SampleDoor { a: (11.0, 10.0), b: (11.0, 11.0), locked: false },
    SampleDoor { a: (9.0, 2.0), b: (9.0, 3.0), locked: false },
    SampleDoor { a: (13.0, 5.0), b: (14.0, 5.0), locked: true },
];

/// The windows.
pub(super) const WINDOWS: [(At, At); 5] = [
    ((5.0, 12.0), (6.0, 12.0)),
    ((9.0, 12.0), (10.0, 12.0)),
    ((13.0, 12.0), (14.0, 12.0)),
    ((16.0, 9.5), (16.0, 10.5)),
    ((3.0, 10.0), (3.0, 11.0)),
];

/// Where the hearth burns.
pub(super) const HEARTH: At = (3.75, 8.0);
/// Where the kitchen's oven glows.
pub(super) const OVEN: At = (15.05, 6.6);
/// The candle between the beds.
pub(super) const CANDLE: At = (15.5, 10.0);
/// The lantern that the inn is named for.
pub(super) const LANTERN: At = (8.45, 12.4);
/// The lantern at the ford.
pub(super) const FORD_LANTERN: At = (18.35, 12.75);
/// What burns in the cellar.
pub(super) const CELLAR_FIRE: At = (6.1, 2.7);
/// What glows in the burrow.
pub(super) const MUSHROOMS: At = (1.35, 1.75);

const LIGHTS: [SampleLight; 7] = [
    SampleLight { at: HEARTH, range: 7.0, color: 0x00ff_b066 },
    SampleLight { at: LANTERN, range: 5.0, color: 0x00ff_cf87 },
    SampleLight { at: FORD_LANTERN, range: 5.0, color: 0x00ff_cf87 },
    SampleLight { at: OVEN, range: 4.0, color: 0x00ff_9a52 },
    SampleLight { at: CELLAR_FIRE, range: 4.0, color: 0x00ff_a25a },
    SampleLight { at: CANDLE, range: 3.0, color: 0x00ff_d9a0 },
    SampleLight { at: MUSHROOMS, range: 2.0, color: 0x0076_e0c8 },
];

const TOKENS: [SampleToken; 7] = [
    SampleToken {
        name: "Maren",
        name_shown: true,
        hidden: false,
        at: (5.5, 14.5),
        size: 1.0,
        color: 0x003d_7ea6,
    },
    SampleToken {
        name: "Tobin Reed",
        name_shown: true,
        hidden: false,
        at: (7.5, 13.5),
        size: 1.0,
        color: 0x005c_9455,
    },
    SampleToken {
        name: "Odalys",
        name_shown: true,
        hidden: false,
        at: (10.5, 6.5),
        size: 1.0,
        color: 0x00c9_9a3c,
    },
    SampleToken {
        name: "Goblin",
        name_shown: false,
        hidden: true,
        at: (5.5, 1.5),
        size: 1.0,
        color: 0x00a8_4436,
    },
    SampleToken {
        name: "Goblin",
        name_shown: false,
        hidden: true,
        at: (7.5, 2.5),
        size: 1.0,
        color: 0x00a8_4436,
    },
    SampleToken {
        name: "Goblin",
        name_shown: false,
        hidden: true,
        at: (1.5, 2.5),
        size: 1.0,
        color: 0x00a8_4436,
    },
    SampleToken {
        name: "Wolf",
        name_shown: false,
        hidden: true,
        at: (23.5, 11.5),
        size: 1.0,
        color: 0x0078_7f88,
    },
];

/// The place, ready to be played on.
pub(crate) fn layout() -> SampleLayout {
    let mut walls: Vec<_> = BUILT.iter().map(|(_, a, b)| (*a, *b)).collect();
    for edge in [&BURROW_NORTH[..], &BURROW_SOUTH, &CLIFF_WEST, &CLIFF_EAST] {
        walls.extend(edge.windows(2).map(|ends| (ends[0], ends[1])));
    }
    SampleLayout {
        name: "The Lantern at the Ford",
        size: SIZE,
        walls,
        doors: DOORS.to_vec(),
        windows: WINDOWS.to_vec(),
        lights: LIGHTS.to_vec(),
        tokens: TOKENS.to_vec(),
    }
}
