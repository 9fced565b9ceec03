/**
 * Which form of an answer a client accepts: JSON or YAML, and objects as they
 * are, as rows of a table, or their metadata alone.
 */

export type Shape = "Object" | "Table" | "Metadata" | "MetadataList"

export interface Form {
  readonly encoding: "json" | "yaml"
  readonly shape: Shape
}

interface Clause {
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly quality: number
}

const clauseOf = (text: string): Clause => {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim())
  const parameters = Object.fromEntries(
    rest.map((part) => {
      const at = part.indexOf("=")
      return at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)]
    })
  )
  const quality = Number(parameters["q"] ?? 1)
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality }
}

const clausesOf = (accept: string | undefined): ReadonlyArray<Clause> =>
  (accept?.trim() ? accept : "*/*")
    .split(",")
    .map(clauseOf)
    .filter(({ quality }) => quality > 0)
    .sort((left, right) => right.quality - left.quality)

const shapes: Readonly<Record<string, Shape>> = {
  Table: "Table",
  PartialObjectMetadata: "Metadata",
  PartialObjectMetadataList: "MetadataList"
}

const shapeOf = ({ parameters: { as, g, v } }: Clause): Shape | undefined =>
  as === undefined ? "Object" : g === "meta.k8s.io" && v === "v1" ? shapes[as] : undefined

const encodingOf = (type: string): Form["encoding"] | undefined => {
  switch (type) {
    case "application/json":
    case "application/*":
    case "*/*":
      return "json"
    case "application/yaml":
      return "yaml"
    default:
      return undefined
  }
}

const protobuf = "application/vnd.kubernetes.protobuf"

/**
 * The first form that the client names and we have. Who accepts nothing but
 * protobuf gets JSON, and sees so in the content type. Undefined: none.
 */
export const formOf = (accept: string | undefined): Form | undefined => {
  const clauses = clausesOf(accept)
  for (const clause of clauses) {
    const [encoding, shape] = [encodingOf(clause.type), shapeOf(clause)]
    if (encoding !== undefined && shape !== undefined) return { encoding, shape }
  }
  const binary = clauses.find(({ type }) => type === protobuf)
  return binary === undefined ? undefined : { encoding: "json", shape: shapeOf(binary) ?? "Object" }
}

/** Whether the aggregated form of discovery is asked for. */
export const isAggregated = (accept: string | undefined): boolean =>
  clausesOf(accept).some(
    ({ parameters: { as, g, v }, type }) =>
      type === "application/json" && as === "APIGroupDiscoveryList" && g === "apidiscovery.k8s.io" && v === "v2"
  )

/** Whether the client names JSON, or accepts anything. */
export const acceptsJson = (accept: string | undefined): boolean =>
  clausesOf(accept).some(({ type }) => encodingOf(type) === "json")
