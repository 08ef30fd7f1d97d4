"""Code like in answers, by language."""

LISTINGS = {
    "python": '''import os
from typing import Any

@dataclass(frozen=True)
class Point(Base):
    """Two
    lines."""
    x: float = 1.5e-3

    async def move(self, by: int | None = None) -> "Point":
        # a comment
        if by is not None and not self.done or True:
            return Point(x=self.x + by, name=f"{by}")
        raise ValueError('no "way"')

for i in range(10):
    print(len(items), i, sep=", ")
''',
    "javascript": """import { a } from "./b.js";
// a comment
export default async function load(url, tries = 3) {
  const answer = await fetch(`${url}/x`);
  if (!answer.ok && tries > 0) return load(url, tries - 1);
  /* another
     comment */
  return answer === null ? undefined : new Map([["k", 0x1f], ['v', true]]);
}
class Store extends Map { get size() { return this.x ?? false; } }
""",
    "typescript": """interface Point { readonly x: number; y?: string }
type Pair<T> = [T, T];
export function swap<T>(pair: Pair<T>): Pair<T> {
  const [a, b] = pair; // both
  return [b, a] as Pair<T>;
}
""",
    "json": """{"name": "x", "count": [1, 2.5, -3e4], "on": true, "off": null}
""",
    "sql": """-- the oldest
SELECT name, COUNT(*) AS n
FROM users u
LEFT JOIN orders o ON o.user_id = u.id
WHERE age >= 21 AND city = 'Paris' AND deleted IS NULL
GROUP BY name
ORDER BY n DESC LIMIT 10;
CREATE TABLE t (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);
""",
    "bash": """#!/bin/bash
# a comment
for f in *.txt; do
  if [ -f "$f" ]; then
    echo "found $f" | grep -v 'x' > out.log
  fi
done
export PATH=$HOME/bin:$PATH
""",
    "yaml": """# settings
name: test
on: [push, pull_request]
jobs:
  build:
    runs-on: "ubuntu-latest"
    count: 3
    quiet: true
""",
    "java": """package a.b;
import java.util.List;
/** A point. */
public class Point extends Base {
    private final int x = 3;
    @Override
    public String toString() { return "x" + x; } // text
    static boolean is(Object o) { return o instanceof Point && o != null; }
}
""",
    "c": """#include <stdio.h>
/* a comment */
int main(int argc, char **argv) {
    double x = 1.5;
    for (int i = 0; i < 10; i++) printf("%d\\n", i); // line
    return x > 0 ? 0 : 1;
}
""",
    "cpp": """#include <vector>
template <typename T>
class Stack {
 public:
  void push(const T& value) { items_.push_back(value); }
 private:
  std::vector<T> items_;  // all
};
auto none = nullptr; bool yes = true;
""",
    "csharp": """using System;
namespace A {
    public class Point {
        public int X { get; set; } = 3;
        static void Main(string[] args) { Console.WriteLine($"x {args.Length}"); } // end
    }
}
""",
    "rust": """use std::fmt;
/// A point.
#[derive(Debug)]
pub struct Point { x: f64 }
impl Point {
    pub fn new(x: f64) -> Self { Point { x } }
}
fn main() {
    let mut n = 3; // three
    if n > 2 && true { println!("n is {}", n); }
}
""",
    "go": """package main
import "fmt"
// Point is a point.
type Point struct { X int }
func (p *Point) Move(by int) error {
    if by == 0 { return nil }
    for i := range 10 { fmt.Println("x", i, true) }
    return fmt.Errorf("no")
}
""",
    "r": """# a comment
area <- function(r, scale = TRUE) {
  if (is.null(r)) return(NULL)
  x <- c(1, 2.5, NA)
  for (i in seq_along(x)) print(paste("r", i))
  pi * r^2
}
""",
    "html": """<!-- a comment -->
<div class="a" id='b'>
  <p>Text &amp; more</p>
</div>
""",
    "toml": """# a comment
[project]
name = "x"
count = 3
on = true
""",
}
