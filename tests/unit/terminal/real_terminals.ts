/** What real terminals answered to the burst of `detect`, as bytes. Recorded once, at 100×30 cells; foot from its own answers. */

export interface RecordedTerminal {
  readonly env: Readonly<Record<string, string>>;
  readonly answers: string;
}

export const REAL_TERMINALS = {
  /** xterm 379, `-ti vt340`. */
  xterm: {
    env: { TERM: "xterm", XTERM_VERSION: "XTerm(379)" },
    answers: "\x1bP>|XTerm(379)\x1b\\\x1b[?1;0;1024S\x1b[?2;0;900;570S\x1b[?2;0;1000;1000S" +
      "\x1b[?2026;0$y\x1b[?1036;2$y\x1b[?63;1;2;4;6;9;15;16;22;28c",
  },
  /** xterm 379 as most people have it. */
  plainXterm: {
    env: { TERM: "xterm-256color", XTERM_VERSION: "XTerm(379)" },
    answers: "\x1bP>|XTerm(379)\x1b\\\x1b[?1;3S\x1b[?2;3S\x1b[?2;3S\x1b[?2026;0$y\x1b[?1036;2$y" +
      "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c",
  },
  kitty: {
    env: { TERM: "xterm-kitty", COLORTERM: "truecolor", KITTY_WINDOW_ID: "1" },
    answers:
      "\x1bP>|kitty(0.26.5)\x1b\\\x1b[6;18;9t\x1b[4;540;900t\x1b[?2026;2$y\x1b[?1036;0$y\x1b[?0u" +
      "\x1b_Gi=31;OK\x1b\\\x1b_Gi=33;OK\x1b\\\x1b_Gi=34;EBADPNG:Not a PNG file\x1b\\" +
      "\x1b_Gi=35;OK\x1b\\\x1b_Gi=36;OK\x1b\\\x1b[?62;c",
  },
  konsole: {
    env: { TERM: "xterm-256color", COLORTERM: "truecolor", KONSOLE_VERSION: "221203" },
    answers: "\x1bP>|Konsole 22.12.3\x1b\\\x1b[6;18;9t\x1b[4;540;900t\x1b[?1;0;256S" +
      "\x1b[?2;0;16384;16384S\x1b[?2;0;16384;16384S\x1b]1337;ReportCellSize=18.0;9.0;1.0\x07" +
      "\x1b_Gi=31;OK\x1b\\\x1b_Gi=33;OK\x1b\\\x1b_Gi=34;OK\x1b\\\x1b_Gi=35;ENOTSUPPORTED:\x1b\\" +
      "\x1b_Gi=36;ENOTSUPPORTED:\x1b\\\x1b[?62;1;4c",
  },
  mlterm: {
    env: { TERM: "mlterm", MLTERM: "3.9.0" },
    answers: "\x1b[6;19;10t\x1b[4;570;1000t\x1b[?1;0;1024S\x1b[?1;3;0S\x1b[?1;3;0S" +
      "\x1b[?2026;0$y\x1b[?1036;2$y\x1b[?63;1;2;3;4;6;7;15;18;22;29c",
  },
  foot: {
    env: { TERM: "foot", COLORTERM: "truecolor" },
    answers: "\x1bP>|foot(1.13.1)\x1b\\\x1b[6;18;9t\x1b[4;540;900t\x1b[?1;0;1024S" +
      "\x1b[?2;0;900;540S\x1b[?2;0;10000;10000S\x1b[?2026;2$y\x1b[?1036;1$y\x1b[?0u\x1b[?62;4;22c",
  },
  tmux: {
    env: { TERM: "tmux-256color", TERM_PROGRAM: "tmux", TMUX: "/tmp/tmux-0/default,24819,0" },
    answers: "\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c",
  },
} satisfies Readonly<Record<string, RecordedTerminal>>;
