/** Differences that stay, each with its reason; none is in what our programs use. */

interface Difference {
  readonly kind: string
  /** Lists are `[]`. */
  readonly path: string
}

interface Known extends Difference {
  readonly why: string
}

const inBetween = "whether states in between were written is a matter of time"

export const known: ReadonlyArray<Known> = [
  { kind: "StatefulSet", path: "metadata.resourceVersion", why: inBetween },
  { kind: "PodDisruptionBudget", path: "metadata.resourceVersion", why: inBetween },
  { kind: "EndpointSlice", path: "metadata.resourceVersion", why: inBetween },
  {
    kind: "EndpointSlice",
    path: "metadata.annotations",
    why: "when the change was that led to a slice: the real controller says so only of changes it saw happen"
  },
  {
    kind: "EndpointSlice",
    path: "metadata.managedFields[].fieldsV1.f:metadata.f:annotations",
    why: "the same annotation"
  },
  {
    kind: "EndpointSlice",
    path: "metadata.generation",
    why: "how many writes led to what is there: the real controller waits for more changes before it writes"
  },
  {
    kind: "PodDisruptionBudget",
    path: 'metadata.managedFields[].fieldsV1.f:status.f:conditions.k:{"type":"DisruptionAllowed"}.f:lastTransitionTime',
    why: "a time of which it depends on the second whether it was changed, and by whom"
  }
]

export const isKnown = ({ kind, path }: Difference): boolean =>
  known.some((one) => one.kind === kind && (path === one.path || path.startsWith(`${one.path}.`)))
