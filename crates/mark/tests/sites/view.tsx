import { useState } from "react";

type Tone = "quiet" | "loud" | string;

interface PartyRowProps {
  names: string[];
  count: number | undefined;
  tone: Tone;
}

// Rows are drawn again whenever the count changes
function partyLabel(names: string[], count: number | undefined): string {
  const first = names[0] ?? "";
  const rest = names.length - 1;
  if (count === undefined) {
    return first;
  } else {
    return `${first} and ${rest} more`;
  }
}

function partyTone(tone: Tone, width: number, limit: number): string {
  const wide = width * 2 + limit;
  if (tone !== "loud") return "plain";
  for (let step = 0; step < wide; step++) {
    if (step === limit) continue;
  }

  return "bold";
}

export function PartyRow({ names, count, tone }: PartyRowProps) {
  const [open, setOpen] = useState(false);
  const label = partyLabel(names, count);
  const weight = partyTone(tone, names.length, 3);
  return (
    <button className={weight} onClick={() => setOpen(!open)}>
      {open && names.length > 0 ? label : "Closed"}
    </button>
  );
}
