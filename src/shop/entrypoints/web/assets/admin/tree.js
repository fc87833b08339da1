// The category tree as data: positions of categories, and the results of steps and drops.

/** The tree of the categories `items`, which are in tree order. */
export function treeOf(items) {
  const byParent = new Map(items.map(({ parentId }) => [parentId, []]));
  for (const each of items) byParent.get(each.parentId).push(each);
  const byId = new Map(items.map((each) => [each.id, each]));
  const indexes = new Map([...byParent.values()].flatMap((siblings) => siblings.map(({ id }, index) => [id, index])));
  const children = (id) => byParent.get(id) ?? [];
  const find = (id) => byId.get(id);
  const siblings = (id) => children(find(id).parentId);
  const indexOf = (id) => indexes.get(id);

  /** The ids of the category and of everything below it. */
  const below = (id) => {
    const found = new Set([id]);
    for (const each of items) if (found.has(each.parentId)) found.add(each.id);
    return found;
  };

  /** Where one step `up`, `down`, `in` (below the sibling before) or `out` leads: `{parentId, position}`, or null. */
  const step = (id, way) => {
    const { parentId } = find(id);
    const index = indexOf(id);
    if (way === "up") return index === 0 ? null : { parentId, position: index - 1 };
    if (way === "down") return index === siblings(id).length - 1 ? null : { parentId, position: index + 1 };
    if (way === "in") {
      if (index === 0) return null;
      const before = siblings(id)[index - 1];
      return { parentId: before.id, position: children(before.id).length };
    }
    return parentId === null ? null : { parentId: find(parentId).parentId, position: indexOf(parentId) + 1 };
  };

  /** The position of a category dropped `before`, `after` or `into` another one. Positions do not count the category itself. */
  const dropped = (id, targetId, zone) => {
    if (zone === "into") return { parentId: targetId, position: children(targetId).filter((each) => each.id !== id).length };
    const { parentId } = find(targetId);
    const others = siblings(targetId).filter((each) => each.id !== id);
    const index = others.findIndex((each) => each.id === targetId);
    return { parentId, position: zone === "before" ? index : index + 1 };
  };

  return { items, children, below, step, dropped };
}
