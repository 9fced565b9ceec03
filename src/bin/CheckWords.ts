/** What a person may say of a model, in words: they name it, in verdicts and in files of traces. */

export const standardPods = 3

/** Per class, how often; undefined: as the model says. */
export type Faults = Readonly<Record<string, number>>

export interface Wanted {
  readonly pods: number
  readonly faults: Faults | undefined
}

export const faultWords = (faults: Faults): string =>
  Object.entries(faults)
    .map(([name, times]) => `${name}=${times}`)
    .join(",")

/** As it is said to `gungnir check`. */
export const words = (name: string, { faults, pods }: Wanted): string =>
  [
    name,
    ...(pods === standardPods ? [] : [`--pods ${pods}`]),
    ...(faults === undefined ? [] : [`--faults ${faultWords(faults)}`])
  ].join(" ")

/** `crash,lose=2`: without a number, once. Undefined: it is not written so. */
export const faultsOf = (text: string): Faults | undefined => {
  const parts = text.split(",").map((part) => /^([a-z][\w -]*)(?:=(\d+))?$/i.exec(part.trim()))
  return parts.every((part) => part !== null)
    ? Object.fromEntries(parts.map(([, name, times]) => [name!, Number(times ?? 1)]))
    : undefined
}
