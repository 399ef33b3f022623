# shellcheck shell=bash
# What scripts/holidays and scripts/sessions share: their arguments, the Python package that knows, and where the
# rows go. To be sourced by bash after lib.sh.

# The day that an argument means: itself, or the given one (01-01, 12-31) of a year.
day_of()
{
	local day=$1
	[[ ! $day =~ ^[1-9][0-9]{3}$ ]] || day=$day-$2
	[[ $day =~ ^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$ ]] || die "\"$1\" is neither a year nor a day as 2024-12-31"
	date -u -d "$day" +%F 2>/dev/null || die "there is no day \"$1\""
}

# Write the rows that a Python program beside this file prints, called with a name, the first and the last day:
# write_calendar MODULE PACKAGES PROGRAM WHAT NAME FROM TO [FILE]. A file is written whole or not at all.
write_calendar()
{
	local module=$1 program=$3 what=$4 packages
	read -ra packages <<<"$2"
	shift 4
	[ $# -eq 3 ] || [ $# -eq 4 ] || die "usage: scripts/${0##*/} $what FROM TO [FILE]"
	local name=$1 first last file=${4:-}
	first=$(day_of "$2" 01-01) || exit
	last=$(day_of "$3" 12-31) || exit
	[[ ! $first > $last ]] || die "$first is after $last"
	[ -z "$file" ] || [[ $file == /* ]] || file=$PWD/$file

	make_work_folder
	# where nothing is that Python could take for the module
	cd "$WORK" || exit
	python_with "$module" "${packages[@]}" >&2
	run "$PYTHON" "$ROOT/scripts/$program" "$name" "$first" "$last" >rows.csv || exit
	if [ -z "$file" ]; then
		cat rows.csv
	else
		cp rows.csv "$file" || exit
	fi
}
