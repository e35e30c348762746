# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bash completion for mempooltop(8).

# The names of the pools that there are.
_mempooltop_pools()
{
	sed -n 's/^name=\([^ ]*\) .*/\1/p' /dev/mempool 2>/dev/null
}

# The keys of figures, each with = behind it.
_mempooltop_figures()
{
	sed -n '2s/\([a-z_]*\)=\([^ ]*\)/\1=/gp' /dev/mempool 2>/dev/null
}

# Options for what stands before: only those of watching do any good there.
_mempooltop_options()
{
	case " ${COMP_WORDS[*]} " in
	*" --watch "*|*" -w "*)	echo --above --below --timeout --delay --input ;;
	*)	echo --once --json --prom --watch --record --delay --sort --reverse --filter \
			--pool --input --help --version ;;
	esac
}

_mempooltop()
{
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=

	COMPREPLY=()
	case $before in
	--watch|-w|--pool|-P|--filter|-f)
		words=$(_mempooltop_pools) ;;
	--sort|-s)
		words="footprint in_use rate fails waiting name" ;;
	--above|--below)
		words=$(_mempooltop_figures)
		compopt -o nospace 2>/dev/null ;;
	--input|-i)
		compopt -o default 2>/dev/null
		return ;;
	--delay|-d|--timeout)
		return ;;
	*)
		words=$(_mempooltop_options) ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _mempooltop mempooltop
