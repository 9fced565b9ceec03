/**
 * What keys and values of labels must look like, in the words of
 * apimachinery's `IsQualifiedName` and `IsValidLabelValue`.
 */

const part = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const example = (samples: string, regex: string) => `(e.g. ${samples}, regex used for validation is '${regex}')`

const partRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  example("'MyName',  or 'my.name',  or '123-abc'", "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
  example("'example.com'", "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  example("'MyValue',  or 'my_value',  or '12345'", "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")

const prefixComplaints = (prefix: string): ReadonlyArray<string> => {
  if (prefix === "") return ["prefix part must be non-empty"]
  return [
    ...(prefix.length > 253 ? ["prefix part must be no more than 253 characters"] : []),
    ...(subdomain.test(prefix) ? [] : [`prefix part ${subdomainRule}`])
  ]
}

/** What is wrong with a label key, annotation key or finalizer. */
export const keyComplaints = (key: string): ReadonlyArray<string> => {
  const parts = key.split("/")
  if (parts.length > 2) {
    return [`a qualified name ${partRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = parts[parts.length - 1]!
  return [
    ...(parts.length === 2 ? prefixComplaints(parts[0]!) : []),
    ...(name === "" ? ["name part must be non-empty"] : []),
    ...(name.length > 63 ? ["name part must be no more than 63 characters"] : []),
    ...(part.test(name) ? [] : [`name part ${partRule}`])
  ]
}

export const valueComplaints = (value: string): ReadonlyArray<string> => [
  ...(value.length > 63 ? ["must be no more than 63 characters"] : []),
  ...(value === "" || part.test(value) ? [] : [valueRule])
]
