/** Write an object's name as people know it: by what it is called, with its name where that is another. */
export function called(name: string, label: string): string {
  return label && label !== name ? `${label} (${name})` : name;
}
