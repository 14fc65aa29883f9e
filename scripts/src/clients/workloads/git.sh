# A repository of 300 commits on two branches: written, packed, read, merged, checked.
set -eu
export GIT_CONFIG_NOSYSTEM=1 HOME="$PWD" GIT_PAGER=cat
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
git init -q -b main repository
cd repository
git config gc.auto 0
git config pack.threads 2
awk 'BEGIN {
  for (commit = 1; commit <= 300; commit++) {
    branch = commit > 200 && commit % 2 ? "side" : "main"
    print "commit refs/heads/" branch "\nmark :" commit
    print "committer C <c@example.org> " 1700000000 + commit * 60 " +0000"
    print "data <<END\nChange " commit "\nEND"
    if (commit > 1 && commit != 201) print "from :" (commit > 201 ? commit - 2 : commit - 1)
    if (commit == 201) print "from :199"
    for (file = commit % 7; file < 60; file += 7) {
      print "M 644 inline " branch "/" file % 5 "/file" file ".txt\ndata <<END"
      for (line = 0; line < 150; line++) print "line " line ": " (line * 7919 + file * (line < commit ? commit : 1)) % 104729
      print "END"
    }
  }
}' | git fast-import --quiet
git checkout -q main
git log --oneline --graph --all | head -n 100
git log -p --stat main | git patch-id | head -n 50
export GIT_AUTHOR_DATE=1800000000 GIT_COMMITTER_DATE=1800000000
git merge -q -m 'Merge side' side
git rev-parse HEAD
git repack -adfq --depth 50 --window 20
git fsck --full --strict
git count-objects -v | grep -v size
git blame main/0/file0.txt | tail -n 40
git diff HEAD~50 HEAD | cksum
git grep -n '7919' HEAD~10 | cksum
git archive --format=tar HEAD | cksum
git clone -q --no-local --bare . ../clone.git
git -C ../clone.git rev-list --objects --all | cksum
git gc -q --prune=now
git status --short
