"""Read Lucene's classic query syntax, as Solr's standard parser does, by recursive descent.

Lucene joins clauses by its own flat rules, not by boolean precedence: see `_Clauses`.
Called by `reading` for every query and filter that has a colon, and by `dismax` for all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ckanext.jambi.search.query import lexer
from ckanext.jambi.search.query.errors import QueryError, QuerySyntaxError
from ckanext.jambi.search.query.lexer import Token
from ckanext.jambi.search.query.nodes import (
    Bool,
    Clause,
    Everything,
    Exists,
    Fuzzy,
    Node,
    Occur,
    Phrase,
    Range,
    Term,
    Wildcard,
)

MAX_CLAUSES = 1024
MAX_DEPTH = 50
MAX_LENGTH = 100_000
_OCCURS = {"+": Occur.MUST, "-": Occur.MUST_NOT, "!": Occur.MUST_NOT, "NOT": Occur.MUST_NOT}


def parse(query: str, operator: str = "AND") -> Node:
    """Read a query; `operator` (AND or OR) joins clauses that nothing else joins.

    Raises:
        QuerySyntaxError: it cannot be read.
        UnsupportedQueryError: it asks for something that this engine does not do.
    """
    if len(query) > MAX_LENGTH:
        raise QueryError(f"The query is longer than {MAX_LENGTH} characters")
    return _Parser(query, operator).parse()


class _Clauses:
    """Collect clauses by Lucene's occur algorithm (QueryParserBase.addClause)."""

    def __init__(self, operator: str) -> None:
        self.clauses: list[Clause] = []
        self.by_default_and = operator == "AND"

    def add(self, joined_by: str, mark: str, node: Node) -> None:
        """Add a clause that is introduced by and, or, nothing and marked by +, -, !, NOT, nothing."""
        self._change_preceding(joined_by)
        self.clauses.append(Clause(self._occur(joined_by, _OCCURS.get(mark)), node))

    def _change_preceding(self, joined_by: str) -> None:
        """Let AND make the clause before it a MUST, and OR a SHOULD where the default is AND."""
        if not self.clauses or self.clauses[-1].occur is Occur.MUST_NOT:
            return
        if joined_by == "and":
            self.clauses[-1] = replace(self.clauses[-1], occur=Occur.MUST)
        elif joined_by == "or" and self.by_default_and:
            self.clauses[-1] = replace(self.clauses[-1], occur=Occur.SHOULD)

    def _occur(self, joined_by: str, marked: Occur | None) -> Occur:
        if marked is Occur.MUST_NOT:
            return marked
        if self.by_default_and:
            return Occur.SHOULD if joined_by == "or" else Occur.MUST
        return Occur.MUST if marked is Occur.MUST or joined_by == "and" else Occur.SHOULD

    def node(self) -> Node:
        """Return the query; a single clause that must match stands for itself."""
        if len(self.clauses) == 1 and self.clauses[0].occur is not Occur.MUST_NOT:
            return self.clauses[0].node
        return Bool(tuple(self.clauses))


class _Parser:
    """One reading of one query."""

    def __init__(self, query: str, operator: str) -> None:
        self.query = query
        self.operator = operator
        self.tokens = list(lexer.tokens(query))
        self.position = 0
        self.leaves = 0

    def parse(self) -> Node:
        """Read the whole query."""
        if not self.tokens:
            return Everything()
        node = self._clauses(field=None, depth=0)
        if self.position < len(self.tokens):
            raise self._error(f"unexpected '{self.tokens[self.position].text}'")
        return node

    def _clauses(self, field: str | None, depth: int) -> Node:
        """Read clauses up to the end or to a closing bracket."""
        if depth > MAX_DEPTH:
            raise QueryError(f"The query is nested deeper than {MAX_DEPTH} levels")
        clauses = _Clauses(self.operator)
        joined_by = ""
        while True:
            mark = self._mark()
            clauses.add(joined_by, mark, self._clause(field, depth))
            if self._peek() is None or self._text() == ")":
                return clauses.node()
            joined_by = self._conjunction()

    def _mark(self) -> str:
        token = self._peek()
        if token is None or not (token.kind == "not" or token.text in ("+", "-")):
            return ""
        self.position += 1
        return token.text

    def _conjunction(self) -> str:
        token = self._peek()
        if token is None or token.kind not in ("and", "or"):
            return ""
        self.position += 1
        return token.kind

    def _clause(self, field: str | None, depth: int) -> Node:
        """Read `field:`, if there is one, and what follows it."""
        named = self._field()
        if named is not None:
            field = named
        token = self._next()
        if token.text == "(":
            return self._group(field, depth)
        read = self._leaves_by_kind().get(token.kind)
        if read is None:
            raise self._error(f"unexpected '{token.text}'")
        self.leaves += 1
        if self.leaves > MAX_CLAUSES:
            raise QueryError(f"too many boolean clauses: more than {MAX_CLAUSES}")
        return self._boosted(read(field, token))

    def _field(self) -> str | None:
        token = self._peek()
        following = self.tokens[self.position + 1] if self.position + 1 < len(self.tokens) else None
        if token is None or token.kind != "term" or following is None or following.text != ":":
            return None
        self.position += 2
        return lexer.unescape(token.text)

    def _group(self, field: str | None, depth: int) -> Node:
        node = self._clauses(field, depth + 1)
        if self._peek() is None:
            raise self._error("a bracket is not closed")
        self.position += 1
        return self._boosted(node)

    def _leaves_by_kind(self) -> dict[str, Callable[[str | None, Token], Node]]:
        return {"term": self._term, "quoted": self._phrase, "range": self._range}

    def _term(self, field: str | None, token: Token) -> Node:
        parts = lexer.wildcard_parts(token.text)
        edits = self._fuzzy()
        if parts is not None:
            return _wildcard(field, parts)
        text = lexer.unescape(token.text)
        if edits is not None:
            return Fuzzy(field, text, _edits(edits)) if _edits(edits) else Term(field, text)
        return Term(field, text)

    def _phrase(self, field: str | None, token: Token) -> Node:
        slop = self._fuzzy()
        return Phrase(field, lexer.quoted(token.text), int(float(slop or 0)))

    def _range(self, field: str | None, token: Token) -> Node:
        low, high = (_bound(token.match.group(name)) for name in ("low", "high"))
        if field is not None and low is None and high is None:
            return Exists(field)
        return Range(field, low, high, token.text[0] == "[", token.text[-1] == "]")

    def _fuzzy(self) -> str | None:
        """Read `~` or `~n` after a term or phrase; "" where no number was given."""
        token = self._peek()
        if token is None or token.kind != "fuzzy":
            return None
        self.position += 1
        return token.match.group("edits") or ""

    def _boosted(self, node: Node) -> Node:
        token = self._peek()
        if token is None or token.kind != "boost":
            return node
        self.position += 1
        return replace(node, boost=node.boost * float(token.match.group("weight")))

    def _peek(self) -> Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _text(self) -> str:
        token = self._peek()
        return token.text if token else ""

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise self._error("it ends too early")
        self.position += 1
        return token

    def _error(self, reason: str) -> QuerySyntaxError:
        return QuerySyntaxError(self.query, reason)


def _wildcard(field: str | None, parts: tuple[str, ...]) -> Node:
    """Return `*` as the existence of a field, or as everything where no field is named."""
    if set(parts) != {"*"}:
        return Wildcard(field, parts)
    return Everything() if field in (None, "*") else Exists(str(field))


def _edits(number: str) -> int:
    """Return Lucene's number of edits: two by default and for a fraction, the old similarity."""
    if not number:
        return 2
    value = float(number)
    return 2 if 0 < value < 1 else min(int(value), 2)


def _bound(text: str) -> str | None:
    if text == "*":
        return None
    return lexer.quoted(text) if text.startswith('"') else lexer.unescape(text)
