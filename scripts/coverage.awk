# What scripts/coverage prints, from three kinds of files in this order: the exclusions, what llvm-cov
# exports (LCOV), and the engine's rooms as they are. Any awk will do.
#
#   -v what=NAME         what ran: the first word of the last line
#   -v prefix=DIR/       where the rooms lie; names are relative to it
#   -v check=1           exit 1 below 100 % of lines and 95 % of branches
#
# LCOV has a line, and a branch, once for each place in the source: it counts if any of the engine's
# instantiations went there. A generic function that nothing calls is not compiled, and LCOV does not
# know it: here it is looked for in the source, and all of its lines are missed.

function room_of(path,   at) {
  at = index(path, prefix)
  return at ? substr(path, at + length(prefix)) : ""
}
function trimmed(text) {
  sub(/^ +/, "", text)
  sub(/ +$/, "", text)
  return text
}
function complain(text) {
  print "scripts/coverage: " text > "/dev/stderr"
  stale = 1
}
# Whether an exclusion has this line. `used` counts the missed lines that it excuses.
function excused(room, line,   why) {
  why = ""
  if ((room, "*") in excluded) why = room SUBSEP "*"
  else if ((room, owner[room, line]) in excluded) why = room SUBSEP owner[room, line]
  else if ((room, code[room, line]) in excluded) why = room SUBSEP code[room, line]
  if (why != "") used[why]++
  return why != ""
}

FNR == 1 { file++ }

# room | * or fn NAME or a line of code | reason
file == 1 {
  if ($0 ~ /^(#|$)/) next
  n = split($0, part, / \| /)
  if (n != 3 || part[3] == "") { complain("exclusions, line " FNR ": room | what | reason"); next }
  excluded[trimmed(part[1]), trimmed(part[2])] = 1
  next
}

file == 2 && /^SF:/ { room = room_of(substr($0, 4)); next }
file == 2 && /^DA:/ && room != "" {
  split(substr($0, 4), part, ",")
  if (!((room, part[1]) in hits) || hits[room, part[1]] < part[2]) hits[room, part[1]] = part[2]
  next
}
file == 2 && /^BRDA:/ && room != "" {
  split(substr($0, 6), part, ",")
  taken[room, part[1], part[2] "." part[3]] += part[4] == "-" ? 0 : part[4]
  next
}
file == 2 { next }

FNR == 1 {
  room = room_of(FILENAME)
  rooms[++room_count] = room
  tests = skipped = 0
  name = ""
}
# Unit tests come last in a room, and are not the engine.
/^#\[cfg\((all\()?test/ { tests = 1 }
tests { next }
# What is compiled where a feature is off is not in this build.
/^ *#\[cfg\(not\(feature/ { match($0, /^ */); skipped = 1; outer = RLENGTH }
{
  match($0, /^ */)
  indent = RLENGTH
  here = trimmed($0)
}
skipped {
  if (indent == outer && here !~ /^#/ && here ~ /(}|;)$/) skipped = 0
  next
}
name == "" && here ~ /^(pub(\([a-z]+\))? )?(const )?(unsafe )?fn [a-z_0-9]+/ {
  name = here
  sub(/^.*fn /, "", name)
  sub(/[^a-z_0-9].*$/, "", name)
  name = "fn " name
  outer = indent
  first = FNR
}
{
  lines[room] = FNR
  code[room, FNR] = here
  owner[room, FNR] = name
}
name != "" && indent == outer && here ~ /(}|;)$/ {
  body = here !~ /;$/
  known = 0
  for (line = first; line <= FNR; line++) if ((room, line) in hits) known = 1
  if (body && !known)
    for (line = first; line <= FNR; line++)
      if (code[room, line] !~ /^(\/\/|$)/) hits[room, line] = 0
  name = ""
}

function percent(part, whole) { return whole ? sprintf("%.1f %%", int(1000 * part / whole) / 10) : "-" }
function row(name, lines_hit, lines_all, branches_hit, branches_all, note) {
  printf "%-18s %12s %8s %12s %8s%s\n", name, lines_hit " of " lines_all, percent(lines_hit, lines_all),
    branches_hit " of " branches_all, percent(branches_hit, branches_all), note
}
END {
  printf "%-18s %12s %8s %12s %8s  %s\n", "room", "lines", "", "branches", "", "missed"
  for (key in taken) {
    split(key, part, SUBSEP)
    place[part[1], part[2]] = place[part[1], part[2]] " " taken[key]
  }
  for (r = 1; r <= room_count; r++) {
    room = rooms[r]
    all = hit = ball = bhit = 0
    missed = bmissed = ""
    for (line = 1; line <= lines[room]; line++) {
      if ((room, line) in hits) {
        if (hits[room, line] > 0) { all++; hit++ }
        else if (!excused(room, line)) { all++; missed = missed " " line }
      }
      if ((room, line) in place) {
        n = split(place[room, line], part, " ")
        for (i = 1; i <= n; i++) {
          if (part[i] > 0) { ball++; bhit++ }
          else if (!excused(room, line)) { ball++; bmissed = bmissed " " line }
        }
      }
    }
    if (missed != "") missed = "  lines" missed
    if (bmissed != "") missed = missed "  branches at" bmissed
    if (all + ball) row(room, hit, all, bhit, ball, missed)
    lines_all += all; lines_hit += hit; branches_all += ball; branches_hit += bhit
  }
  row("total", lines_hit, lines_all, branches_hit, branches_all, "")
  for (key in excluded) {
    split(key, part, SUBSEP)
    if (!(key in used)) complain("the exclusion of " part[1] ", " part[2] " excuses nothing: remove it")
    else excuses += used[key]
  }
  if (excuses) print excuses " missed lines and branches are excluded, one by one, in scripts/coverage.exclusions"
  printf "%s: lines %s (%d of %d), branches %s (%d of %d)\n", what, percent(lines_hit, lines_all),
    lines_hit, lines_all, percent(branches_hit, branches_all), branches_hit, branches_all
  if (lines_all == 0) { complain("nothing was measured"); exit 2 }
  if (stale || check && (lines_hit < lines_all || branches_hit * 100 < branches_all * 95)) exit 1
}
